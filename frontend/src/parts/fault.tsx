import { isRouteErrorResponse, useRouteError } from "react-router";

/** A fault in a page is said, with the way out; what was not sent yet is kept and goes on after the reload. */
export function Fault() {
  const fault = useRouteError();
  return (
    <div className="sheet whole">
      <div className="panel" role="alert">
        <h1>This page has failed</h1>
        <p>
          Nothing that you did is lost. Reload to go on; if it fails again, tell your site admin what you did.
        </p>
        <pre>{textOf(fault)}</pre>
        <button className="button primary" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    </div>
  );
}

function textOf(fault: unknown): string {
  if (isRouteErrorResponse(fault)) return `${fault.status} ${fault.statusText}`;
  return fault instanceof Error ? fault.message : String(fault);
}

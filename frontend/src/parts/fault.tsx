import { isRouteErrorResponse, useRouteError } from "react-router";

/** A fault in a page is said, with the way out; what was not sent yet is kept and goes on after the reload. */
export function Fault() {
  const fault = useRouteError();
  if (isUnfetched(fault)) return <Unfetched />;
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

/** A page's own file did not come: each browser says it in other words. */
function isUnfetched(fault: unknown): boolean {
  return fault instanceof TypeError && /module/i.test(fault.message);
}

function Unfetched() {
  return (
    <div className="sheet whole">
      <div className="panel" role="alert">
        <h1>This page could not be fetched</h1>
        <p>The server does not answer, or has been renewed in the meantime. Nothing that you did is lost.</p>
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

import { Component, type ReactNode } from "react";

/** A fault in a page is said, with the way out; what was not sent yet is kept and goes on after the reload. */
export class Boundary extends Component<{ children: ReactNode }, { fault: Error | null }> {
  state = { fault: null };

  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }

  render() {
    const fault: Error | null = this.state.fault;
    if (!fault) return this.props.children;
    return (
      <div className="sheet">
        <div className="panel" role="alert">
          <h1>This page has failed</h1>
          <p>
            Nothing that you did is lost. Reload to go on; if it fails again, tell your site admin what you
            did.
          </p>
          <pre>{(fault as Error).message}</pre>
          <button className="button primary" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      </div>
    );
  }
}

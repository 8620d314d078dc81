import { memo } from "react";
import { Icon } from "../../parts/icon";

export const InstructionsPanel = memo(function InstructionsPanel({ html }: { html: string }) {
  if (!html) return null;
  return (
    <section className="desktop stack instructions" aria-label="What to do">
      <h2 className="row tight muted small">
        <Icon name="instructions" /> Instructions
      </h2>
      <Instructions html={html} />
    </section>
  );
});

/** Rendered from Markdown by the server, with raw HTML refused. */
export function Instructions({ html }: { html: string }) {
  if (!html) return <p className="muted">This project has no instructions.</p>;
  return <div className="markdown small" dangerouslySetInnerHTML={{ __html: html }} />;
}

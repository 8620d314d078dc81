import { useState } from "react";
import { Link } from "react-router";
import { Bar } from "../../parts/notes";
import type { Upload, Uploader } from "../../store/upload";
import { grouped } from "../../parts/format";

type State = Upload["state"];
const SHOWN = 500;
const TEXTS: Record<State, string> = {
  waiting: "waiting",
  sending: "sending",
  created: "new",
  duplicate: "known already",
  rejected: "rejected",
  failed: "not sent",
  cancelled: "cancelled",
};
const TONES: Partial<Record<State, string>> = {
  created: "good",
  rejected: "bad",
  failed: "bad",
  sending: "accent",
};
const STATES = Object.keys(TEXTS) as State[];

/** What became of each file, as it comes to be known. */
export function Results({ uploader, project }: { uploader: Uploader; project: number }) {
  const [only, setOnly] = useState<State | "">("");
  const { uploads } = uploader;
  if (!uploads.length) return null;
  const count = (state: State) => uploads.filter((upload) => upload.state === state).length;
  const open = count("waiting") + count("sending");
  const shown = uploads.filter((upload) => !only || upload.state === only);
  return (
    <div className="panel stack">
      <div className="row between upload-head">
        <b className="number" role="status">
          {grouped(uploads.length - open)} of {grouped(uploads.length)} files
        </b>
        <span className="row tight">
          {open > 0 && (
            <button className="button small" onClick={() => uploader.cancel()}>
              Cancel
            </button>
          )}
          {open === 0 && count("failed") + count("cancelled") > 0 && (
            <button className="button small" onClick={() => uploader.retry()}>
              Send the rest again
            </button>
          )}
          {open === 0 && count("created") > 0 && (
            <Link className="button small primary" to={`/projects/${project}/label`}>
              Label them
            </Link>
          )}
        </span>
      </div>
      <Bar value={uploads.length - open} total={uploads.length} label="Upload" />
      <div className="row tight">
        {STATES.filter(count).map((state) => (
          <button
            key={state}
            className={`button small number${only === state ? " primary" : ""}`}
            aria-pressed={only === state}
            onClick={() => setOnly(only === state ? "" : state)}
          >
            {grouped(count(state))} {TEXTS[state]}
          </button>
        ))}
      </div>
      <div className="results" tabIndex={0} role="region" aria-label="Files">
        <table className="wraps">
          <tbody>
            {shown.slice(0, SHOWN).map((upload, n) => (
              <Row key={n} upload={upload} project={project} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length > SHOWN && <p className="muted small">and {grouped(shown.length - SHOWN)} more</p>}
    </div>
  );
}

function Row({ upload, project }: { upload: Upload; project: number }) {
  const { image, reason, state } = upload;
  return (
    <tr>
      <td className="break">{upload.name}</td>
      <td className="muted small">{upload.group}</td>
      <td>
        <span className={`badge ${TONES[state] ?? ""}`}>{TEXTS[state]}</span>
      </td>
      <td className="muted small">
        {image && state === "duplicate" ? (
          <Link to={`/projects/${project}/images/${image}`}>{reason}</Link>
        ) : (
          reason
        )}
      </td>
    </tr>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, type Job, need, type Schemas } from "../../api/client";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";

/** A list of addresses, fetched by the server in a job. */
export function Addresses({ project }: { project: number }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [job, setJob] = useState<Job | null>(null);
  const [ended, setEnded] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const urls = text.split(/\s+/).filter(Boolean);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setEnded(null);
    const params = { path: { id: project } };
    try {
      setJob(await need(api.POST("/api/projects/{id}/imports/", { params, body: { urls, group: "" } })));
      setText("");
    } catch (problem) {
      setError(problem);
    }
  };
  const finished = (row: Job) => {
    setEnded(row);
    void client.invalidateQueries({ queryKey: ["project", project] });
  };
  return (
    <form className="panel stack" onSubmit={submit}>
      <h2>From addresses</h2>
      <label className="field">
        <span className="visually-hidden">One address a line</span>
        <textarea
          value={text}
          onChange={(event) => setText(event.target.value)}
          rows={4}
          placeholder={"https://example.org/frame-1.jpg\nhttps://example.org/frame-2.jpg"}
          spellCheck={false}
          required
        />
      </label>
      <ErrorNote error={error} />
      <div className="row">
        <button className="button">Fetch them</button>
        <span className="muted small number">
          {urls.length > 1 ? `${urls.length} addresses` : "One a line."}
        </span>
      </div>
      {job && <JobLine key={job.id} job={job} what="Import" ended={finished} />}
      {ended?.result && <Found found={ended.result as unknown as Schemas["UploadAnswer"]} />}
    </form>
  );
}

function Found({ found }: { found: Schemas["UploadAnswer"] }) {
  return (
    <div className="stack small">
      <span className="number">
        {found.created.length} new, {found.duplicates.length} known already, {found.rejected.length} rejected
      </span>
      <ul className="list">
        {found.rejected.map((row) => (
          <li key={row.name} className="break">
            <b>{row.name}</b> <span className="muted">{row.reason}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

import { type FormEvent, useState } from "react";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";
import { Earlier } from "./earlier";
import { Found } from "./found";
import { SourceFields, useSource } from "./source-fields";
import { useImport } from "./use-import";

const SMALLEST = 200;

/** The images of a web page, as its robots.txt allows. */
export function WebPage({ project }: { project: number }) {
  const [address, setAddress] = useState("");
  const [source, setSource] = useSource(SMALLEST, true);
  const { job, ended, error, begin, finished } = useImport(project);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await begin({ page_url: address.trim(), ...source });
  };
  return (
    <form className="panel stack" onSubmit={submit}>
      <h2>From a web page</h2>
      <label className="field">
        <span>Address of the page</span>
        <input
          type="url"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          placeholder="https://example.org/fridges"
          maxLength={2000}
          required
        />
        <span className="hint">
          Its images come one after another, the largest of each, as far as the site&apos;s robots.txt allows.
        </span>
      </label>
      <SourceFields value={source} change={setSource} />
      <ErrorNote error={error} />
      <div className="row">
        <button className="button">Bring its images</button>
      </div>
      {job && <JobLine key={job.id} job={job} what="Import" ended={finished} />}
      {ended && <Found job={ended} project={project} />}
      <Earlier
        project={project}
        field="page_url"
        but={job}
        what={(row) => String(row.params.page_url)}
        ended={(row) => <Found job={row} project={project} />}
      />
    </form>
  );
}

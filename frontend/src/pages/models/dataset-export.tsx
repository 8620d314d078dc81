import { type FormEvent, useState } from "react";
import { api, type Job, need, type Project, type Schemas } from "../../api/client";
import { isFinished } from "../../api/queries";
import { plural, size } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";
import { Choice } from "../export/choice";
import { type Format, FORMATS, OF_KIND } from "../export/formats";
import { Notes, type Result } from "../export/made";

type Props = { project: Project; sha256: string };

/** A dataset version as a set that can be trained on: its images with the labels and splits that were frozen. */
export function DatasetExport({ project, sha256 }: Props) {
  const formats = OF_KIND[project.kind] ?? ["csv"];
  const [format, setFormat] = useState<Format>(formats[0] ?? "csv");
  const [images, setImages] = useState(true);
  const [job, setJob] = useState<Job | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const folders = format === "folders";
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    setRefused(null);
    const body = { format, images: images || folders, snapshot: sha256 } as Schemas["ExportInputRequest"];
    try {
      const params = { path: { id: project.id } };
      setJob(await need(api.POST("/api/projects/{id}/exports/", { params, body })));
    } catch (problem) {
      setRefused(problem);
    }
  };
  const busy = job !== null && !isFinished(job.state);
  return (
    <form className="stack" onSubmit={(event) => void begin(event)}>
      <Choice
        title="Format"
        value={format}
        disabled={busy}
        options={formats.map((name) => [name, FORMATS[name].text])}
        hint={FORMATS[format].hint}
        change={(name) => setFormat(name as Format)}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={images || folders}
          disabled={busy || folders}
          onChange={(event) => setImages(event.target.checked)}
        />
        <span>With the pictures</span>
      </label>
      <ErrorNote error={refused} />
      {job && <JobLine key={job.id} job={job} what={FORMATS[format].text} ended={setJob} />}
      {job?.state === "succeeded" && <Ready job={job} />}
      <div className="row end">
        <button className="button primary" disabled={busy}>
          Export
        </button>
      </div>
    </form>
  );
}

function Ready({ job }: { job: Job }) {
  const result = job.result as Result;
  return (
    <>
      <Notes notes={result.notes} />
      <p className="row between">
        <span className="muted small">
          {plural(result.images, "image")}, {size(result.bytes)}. It is kept for a week, under Export.
        </span>
        <a className="button small" href={result.url} download>
          <Icon name="import" /> Download
        </a>
      </p>
    </>
  );
}

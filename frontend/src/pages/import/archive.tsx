import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Job, Project } from "../../api/client";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";
import { Brought, type Tally } from "./brought";
import { Earlier } from "./earlier";
import { Sent } from "./sent";
import { type Format, type Options, useArchive } from "./use-archive";

export const ARCHIVE = /\.(zip|csv|tsv|json)$/i;

const FORMATS: Record<Project["kind"], readonly [Format, string][]> = {
  classification: [
    ["folders", "Class folders"],
    ["csv", "Table (CSV)"],
  ],
  detection: [
    ["coco", "COCO"],
    ["yolo", "YOLO"],
    ["voc", "Pascal VOC"],
    ["csv", "Table (CSV)"],
  ],
  matting: [
    ["mattes", "Mattes"],
    ["cutouts", "Cut-outs"],
    ["coco", "COCO"],
  ],
};
const SENTENCES: Record<Project["kind"], string> = {
  classification:
    "A ZIP with class folders, a labels.csv or attributes.csv, or Label Studio tasks. A CSV or JSON alone labels images that are here already, or fetches them by their addresses.",
  detection:
    "A ZIP with COCO, YOLO or Pascal VOC boxes, a labels.csv, or Label Studio tasks. A CSV or JSON alone labels images that are here already, or fetches them by their addresses.",
  matting:
    "A ZIP with mattes in alphas/ for pictures of the same name in images/, or for images that are here already; with trimaps/, if you have them. Or cut-outs with transparency, COCO masks, or Label Studio brush strokes.",
};
/** What in a Label Studio config the labels come from. */
const CONTROLS: Record<Project["kind"], string> = {
  classification: "Choices that give the category",
  detection: "RectangleLabels that give the boxes",
  matting: "BrushLabels that give the matte",
};

type ArchiveProps = { project: number; kind: Project["kind"]; arrived: File | null };

/** Images with what is known of them, in one file. `arrived` is one that was dropped elsewhere on the page. */
export function Archive({ project, kind, arrived }: ArchiveProps) {
  const client = useQueryClient();
  const archive = useArchive(project);
  const { options, sending, job, error, send } = archive;
  const [ended, setEnded] = useState<Job | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(send);
  useEffect(() => {
    latest.current = send;
  });
  useEffect(() => {
    if (arrived) void latest.current(arrived);
  }, [arrived]);
  const finished = (row: Job) => {
    setEnded(row);
    void client.invalidateQueries({ queryKey: ["project", project] });
  };
  const over = ended !== null && ended.id === job?.id;
  return (
    <section className="panel stack" aria-labelledby="archive">
      <h2 id="archive">From an archive or a table</h2>
      <p className="muted">{SENTENCES[kind]}</p>
      <OptionFields kind={kind} options={options} change={archive.change} />
      <div className="row">
        <button
          type="button"
          className="button"
          onClick={() => input.current?.click()}
          disabled={sending !== null}
        >
          <Icon name="folder" /> Choose an archive
        </button>
        {over && (
          <button type="button" className="button" onClick={() => void archive.again()}>
            <Icon name="repeat" /> Import it again
          </button>
        )}
        <span className="muted small">ZIP, CSV or JSON, up to 2 GB. Or drop one on this page.</span>
        <input
          ref={input}
          type="file"
          hidden
          aria-label="Choose an archive"
          accept=".zip,.csv,.tsv,.json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void send(file);
            event.target.value = "";
          }}
        />
      </div>
      <ErrorNote error={error} />
      {sending && <Sent sending={sending} cancel={archive.cancel} />}
      {job && (
        <JobLine key={job.id} job={job} what={String(job.params.name)} listed={over} ended={finished} />
      )}
      {over && ended.state === "failed" && <ErrorNote error={ended.errors.at(-1)?.reason} />}
      {over && ended.result && <Brought tally={ended.result as unknown as Tally} project={project} />}
      <Earlier
        project={project}
        field="create_categories"
        but={job}
        what={(row) => String(row.params.name)}
        ended={(row) => row.result && <Brought tally={row.result as unknown as Tally} project={project} />}
      />
    </section>
  );
}

type FieldsProps = { kind: Project["kind"]; options: Options; change: (options: Options) => void };

function OptionFields({ kind, options, change }: FieldsProps) {
  const formats: readonly [Format, string][] = [
    ["", "Found out by content"],
    ...FORMATS[kind],
    ["label-studio", "Label Studio tasks"],
  ];
  return (
    <div className="two">
      <div className="stack">
        <label className="field">
          <span>Format</span>
          <select
            value={options.format}
            onChange={(event) => change({ ...options, format: event.target.value as Format })}
          >
            {formats.map(([format, text]) => (
              <option key={format} value={format}>
                {text}
              </option>
            ))}
          </select>
        </label>
        {options.format === "label-studio" && (
          <label className="field">
            <span>Control</span>
            <input
              value={options.control}
              maxLength={100}
              onChange={(event) => change({ ...options, control: event.target.value })}
            />
            <span className="hint">
              The name of the {CONTROLS[kind]}, where the labeling config has several.
            </span>
          </label>
        )}
      </div>
      <div className="stack close">
        {kind !== "matting" && (
          <label className="check">
            <input
              type="checkbox"
              checked={options.create}
              onChange={(event) => change({ ...options, create: event.target.checked })}
            />
            <span>
              Make missing categories
              <span className="hint">Else a category that is not here ends the import before it begins.</span>
            </span>
          </label>
        )}
        <label className="check">
          <input
            type="checkbox"
            checked={options.replace}
            onChange={(event) => change({ ...options, replace: event.target.checked })}
          />
          <span>
            Replace labels that are here
            <span className="hint">Else an image keeps its label, and the difference is listed.</span>
          </span>
        </label>
      </div>
    </div>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Schemas } from "../../api/client";
import { ErrorNote, PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Choice } from "./choice";
import { type Format, FORMATS, OF_KIND, ONE_LABELING } from "./formats";
import { Made } from "./made";

type Fields = {
  format: Format;
  images: boolean;
  split: string;
  status: string;
  annotations: "newest" | "all";
};

const STATES: readonly [string, string][] = [
  ["", "All"],
  ["labeled done", "Labeled or done"],
  ["unlabeled", "Not labeled yet"],
  ["in_review", "In review"],
  ["done", "Done"],
  ["skipped", "Skipped"],
];
const SPLITS: readonly [string, string][] = [
  ["", "All"],
  ["train", "Train"],
  ["val", "Validation"],
  ["test", "Test"],
  ["none", "Without a split"],
];

export default function Export() {
  const project = useProject();
  return (
    <main className="page">
      <PageHead title="Export" text={`From ${project.name}`} />
      <ExportForm project={project.id} formats={OF_KIND[project.kind] ?? ["csv"]} />
      <Made project={project.id} />
    </main>
  );
}

function ExportForm({ project, formats }: { project: number; formats: readonly Format[] }) {
  const client = useQueryClient();
  const [fields, change] = useState<Fields>({
    format: formats[0] ?? "csv", images: false, split: "", status: "", annotations: "newest",
  }); // prettier-ignore
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const folders = fields.format === "folders";
  const one = ONE_LABELING.includes(fields.format);
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const body = {
      ...fields,
      annotations: one ? "newest" : fields.annotations,
      split: fields.split ? [fields.split] : [],
      status: fields.status ? fields.status.split(" ") : [],
    } as Schemas["ExportInputRequest"];
    try {
      await need(api.POST("/api/projects/{id}/exports/", { params: { path: { id: project } }, body }));
      await client.invalidateQueries({ queryKey: ["exports", project] });
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  return (
    <form className="panel stack" onSubmit={begin} aria-label="New export">
      <div className="two">
        <Choice
          title="Format"
          value={fields.format}
          options={formats.map((name) => [name, FORMATS[name].text])}
          hint={FORMATS[fields.format].hint}
          change={(format) => change({ ...fields, format: format as Format })}
        />
        <Choice
          title="Labels"
          value={one ? "newest" : fields.annotations}
          disabled={one}
          options={[
            ["newest", "The newest of an image"],
            ["all", "Every one that counts"],
          ]}
          hint={
            one ? "In this format each picture has one label." : "Where several people labeled one image."
          }
          change={(value) => change({ ...fields, annotations: value as Fields["annotations"] })}
        />
        <Choice
          title="Images"
          value={fields.status}
          options={STATES}
          change={(status) => change({ ...fields, status })}
        />
        <Choice
          title="Split"
          value={fields.split}
          options={SPLITS}
          change={(split) => change({ ...fields, split })}
        />
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={fields.images || folders}
          disabled={folders}
          onChange={(event) => change({ ...fields, images: event.target.checked })}
        />
        <span>
          With the pictures
          <span className="hint">In a ZIP, without what the camera wrote beside them.</span>
        </span>
      </label>
      <ErrorNote error={error} />
      <div className="row">
        <button className="button primary" disabled={busy}>
          Export
        </button>
      </div>
    </form>
  );
}

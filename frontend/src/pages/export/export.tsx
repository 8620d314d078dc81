import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Schemas } from "../../api/client";
import { ErrorNote, PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Made } from "./made";

type Format = "csv" | "folders" | "label-studio";
type Fields = {
  format: Format;
  images: boolean;
  split: string;
  status: string;
  annotations: "newest" | "all";
};

export const FORMATS: Record<Format, { text: string; hint: string }> = {
  csv: { text: "Table (CSV)", hint: "A row for each image, with every attribute in a column." },
  folders: {
    text: "Class folders",
    hint: "The labeled pictures in a folder for each category, and attributes.csv.",
  },
  "label-studio": {
    text: "Label Studio tasks",
    hint: "tasks.json with labels and predictions, and its config.",
  },
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
      <ExportForm project={project.id} />
      <Made project={project.id} />
    </main>
  );
}

function ExportForm({ project }: { project: number }) {
  const client = useQueryClient();
  const [fields, change] = useState<Fields>({
    format: "csv", images: false, split: "", status: "", annotations: "newest",
  }); // prettier-ignore
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const folders = fields.format === "folders";
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const body = {
      ...fields,
      annotations: folders ? "newest" : fields.annotations,
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
          options={Object.entries(FORMATS).map(([name, { text }]) => [name, text])}
          hint={FORMATS[fields.format].hint}
          change={(format) => change({ ...fields, format: format as Format })}
        />
        <Choice
          title="Labels"
          value={folders ? "newest" : fields.annotations}
          disabled={folders}
          options={[
            ["newest", "The newest of an image"],
            ["all", "Every one that counts"],
          ]}
          hint={folders ? "In a folder each picture lies once." : "Where several people labeled one image."}
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

type ChoiceProps = {
  title: string;
  value: string;
  options: readonly (readonly [string, string])[];
  hint?: string;
  disabled?: boolean;
  change: (value: string) => void;
};

function Choice({ title, value, options, hint, disabled, change }: ChoiceProps) {
  return (
    <label className="field">
      <span>{title}</span>
      <select value={value} disabled={disabled} onChange={(event) => change(event.target.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
      {hint && <span className="hint">{hint}</span>}
    </label>
  );
}

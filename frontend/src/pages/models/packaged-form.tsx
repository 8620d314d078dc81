import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, type ModelVersion, need, type Project, type Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { FieldInput, type Value } from "./field-input";

type Props = {
  project: Project;
  model: Schemas["ModelOption"];
  made: (version: ModelVersion) => void;
};

/** A version of a model that learns nothing here: it is made of its settings alone. */
export function PackagedForm({ project, model, made }: Props) {
  const client = useQueryClient();
  const [config, setConfig] = useState<Record<string, Value>>({});
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      const params = { path: { id: project.id } };
      const body = { model: model.model, config };
      const version = await need(api.POST("/api/projects/{id}/models/", { params, body }));
      void client.invalidateQueries({ queryKey: ["models", project.id] });
      made(version);
    } catch (problem) {
      setRefused(problem);
    }
    setBusy(false);
  };
  return (
    <form className="stack train" onSubmit={submit}>
      <p>
        {model.title}. It becomes a version like others: promote it, and images come pre-labeled. A version
        that is trained here has to beat it on the held-out images to take its place.
      </p>
      <div className="two">
        {model.fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={config[field.name] ?? (field.default as Value)}
            change={(value) => setConfig({ ...config, [field.name]: value })}
          />
        ))}
      </div>
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" disabled={busy}>
          Add it
        </button>
      </div>
    </form>
  );
}

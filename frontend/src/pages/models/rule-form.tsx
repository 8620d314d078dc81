import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { api, type ModelVersion, need, type Project, type Schemas } from "../../api/client";
import { ErrorNote, Skeleton } from "../../parts/notes";

type Attribute = Schemas["AttributeRow"];
type Props = { project: Project; made: (version: ModelVersion) => void };

/** A rule of which way the head is turned: by which attributes, how far, and what it says. */
export function RuleForm({ project, made }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: ["attributes", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/attributes/", { params: { path: { id: project.id } } })),
    staleTime: 0,
  });
  if (error && !data) return <ErrorNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={6} />;
  const numbers = data.filter((one) => one.type === "number");
  if (!numbers.length) {
    return (
      <>
        <p>
          A rule goes by angles that came with the images, and no image of this project has an attribute that
          is a number. An archive with an <code>attributes.csv</code> brings them, for images that are here
          already too.
        </p>
        <div className="row end">
          <Link className="button primary" to={`/projects/${project.id}/import`}>
            Import attributes
          </Link>
        </div>
      </>
    );
  }
  return <Fields project={project} numbers={numbers} made={made} />;
}

/** The attribute that is called like an angle, or ends so; none where no one is. */
function named(numbers: Attribute[], angle: string): string {
  const names = numbers.map((one) => one.name);
  return names.find((name) => name === angle) ?? names.find((name) => name.endsWith(angle)) ?? "";
}

function Fields({ project, numbers, made }: Props & { numbers: Attribute[] }) {
  const client = useQueryClient();
  const names = project.categories.map((one) => one.name);
  const facing = names.find((name) => name === "engaged") ?? names.find((name) => name !== "non-engaged");
  const away = names.find((name) => name === "non-engaged") ?? names.find((name) => name !== facing);
  const [config, setConfig] = useState(() => ({
    yaw: named(numbers, "yaw"),
    yaw_degrees: 30,
    pitch: named(numbers, "pitch"),
    pitch_degrees: 20,
    facing: facing ?? "",
    away: away ?? "",
  }));
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const change = (fields: Partial<typeof config>) => setConfig({ ...config, ...fields });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      const params = { path: { id: project.id } };
      const body = { model: "rule", config };
      const version = await need(api.POST("/api/projects/{id}/models/", { params, body }));
      void client.invalidateQueries({ queryKey: ["models", project.id] });
      made(version);
    } catch (problem) {
      setRefused(problem);
    }
    setBusy(false);
  };
  const categories = names.map((name) => [name, name] as const);
  const attributes = [["", "Not looked at"] as const, ...numbers.map(written)];
  const angle = (name: "yaw" | "pitch", text: string, limit: "yaw_degrees" | "pitch_degrees") => (
    <>
      <Choice
        label={text}
        options={attributes}
        value={config[name]}
        choose={(value) => change({ [name]: value })}
      />
      <label className="field">
        <span>{name} limit in degrees</span>
        <input
          type="number"
          min={0}
          max={180}
          step="any"
          required
          disabled={!config[name]}
          value={Number.isNaN(config[limit]) ? "" : config[limit]}
          onChange={(event) => change({ [limit]: event.target.valueAsNumber })}
        />
      </label>
    </>
  );
  return (
    <form className="stack train" onSubmit={submit}>
      <p>
        A head that is turned further than a limit is turned away. An image whose angles are not known gets no
        pre-label.
      </p>
      <div className="two">
        {angle("yaw", "Yaw, to a side", "yaw_degrees")}
        {angle("pitch", "Pitch, up or down", "pitch_degrees")}
        <Choice
          label="Facing the camera is"
          options={categories}
          value={config.facing}
          choose={(name) => change({ facing: name })}
        />
        <Choice
          label="Turned away is"
          options={categories}
          value={config.away}
          choose={(name) => change({ away: name })}
        />
      </div>
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" disabled={busy || (!config.yaw && !config.pitch)}>
          Add the rule
        </button>
      </div>
    </form>
  );
}

/** With its range, by which degrees are told from other numbers. */
function written({ name, min, max }: Attribute): readonly [string, string] {
  const [low, high] = [min, max].map((value) => String(Math.round((value ?? 0) * 10) / 10).replace("-", "−"));
  return [name, `${name} (${low} to ${high})`];
}

type ChoiceProps = {
  label: string;
  options: (readonly [string, string])[];
  value: string;
  choose: (value: string) => void;
};

function Choice({ label, options, value, choose }: ChoiceProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.target.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

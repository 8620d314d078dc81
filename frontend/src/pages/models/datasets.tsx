import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, need, type Project, type Schemas } from "../../api/client";
import { grouped, plural, when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Empty, ErrorNote, PageHead, Skeleton } from "../../parts/notes";
import { Scroll } from "../../parts/scroll";
import { Sheet } from "../../parts/sheet";
import { ReviewersOnly, useProject } from "../project";
import { Changes } from "./dataset-changes";
import { DatasetExport } from "./dataset-export";
import { TrainForm } from "./train-form";

export type Dataset = Schemas["ListedSnapshot"];

/** Dataset versions: what runs learned from, frozen, to be named, compared, downloaded and trained on again. */
export default function Datasets() {
  const project = useProject();
  if (project.role === "labeler") return <ReviewersOnly project={project} />;
  return <List project={project} />;
}

function List({ project }: { project: Project }) {
  const client = useQueryClient();
  const path = { id: project.id };
  const key = ["datasets", project.id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => need(api.GET("/api/projects/{id}/snapshots/", { params: { path } })),
  });
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const freeze = useMutation({
    mutationFn: () =>
      need(api.POST("/api/projects/{id}/snapshots/", { params: { path }, body: { name: "" } })),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  const choose = (id: number) =>
    setChosen((now) => (now.includes(id) ? now.filter((one) => one !== id) : [...now.slice(-1), id]));
  const rows = data?.results ?? [];
  const pair = rows.filter(({ id }) => chosen.includes(id)).sort((a, b) => a.id - b.id);
  const manager = project.role === "manager";
  return (
    <main className="page">
      <PageHead
        title="Dataset versions"
        text="What was labeled at a moment, frozen under the hash of its content. Every run trains on one."
      >
        <Link className="button" to={`/projects/${project.id}/models`}>
          <Icon name="models" /> Models
        </Link>
        {manager && (
          <button className="button primary" disabled={freeze.isPending} onClick={() => freeze.mutate()}>
            Freeze today&apos;s labels
          </button>
        )}
      </PageHead>
      <ErrorNote error={freeze.error ?? error} retry={error ? () => void refetch() : undefined} />
      {freeze.data && (
        <p className="note good" role="status">
          {plural(freeze.data.count, "image")}, frozen as <code>{freeze.data.sha256.slice(0, 12)}</code>.
        </p>
      )}
      {!data && !error && <Skeleton lines={3} />}
      {data && !rows.length && (
        <Empty
          icon="models"
          title="Nothing is frozen yet"
          text="A training run freezes what it learns from. A manager can do so at any time."
        />
      )}
      {rows.length > 0 && (
        <section className="panel stack">
          <Scroll label="Dataset versions">
            <table>
              <thead>
                <tr>
                  <th>
                    <span className="visually-hidden">Compare</span>
                  </th>
                  <th>Name</th>
                  <th>Hash</th>
                  <th className="number">Learned from</th>
                  <th className="number">Validated on</th>
                  <th className="number">Held out</th>
                  <th className="number">Runs</th>
                  <th>Frozen</th>
                  <th>
                    <span className="visually-hidden">What can be done</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row
                    key={row.id}
                    row={row}
                    project={project}
                    chosen={chosen.includes(row.id)}
                    choose={() => choose(row.id)}
                    renamed={() => void client.invalidateQueries({ queryKey: key })}
                  />
                ))}
              </tbody>
            </table>
          </Scroll>
          {rows.length > 1 && pair.length < 2 && (
            <p className="muted small">Choose two to see what changed from one to the other.</p>
          )}
        </section>
      )}
      {pair.length === 2 && <Changes project={project} before={pair[0]!} after={pair[1]!} />}
    </main>
  );
}

export function nameOf(row: Dataset): string {
  return row.name || row.sha256.slice(0, 8);
}

type RowProps = {
  row: Dataset;
  project: Project;
  chosen: boolean;
  choose: () => void;
  renamed: () => void;
};

function Row({ row, project, chosen, choose, renamed }: RowProps) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<"name" | "export" | "train" | null>(null);
  const close = () => setOpen(null);
  const manager = project.role === "manager";
  return (
    <tr>
      <td>
        <input type="checkbox" checked={chosen} onChange={choose} aria-label={`Compare ${nameOf(row)}`} />
      </td>
      <td>
        {row.name || <span className="muted">without a name</span>}
        {manager && (
          <button className="button quiet small" onClick={() => setOpen("name")}>
            {row.name ? "Rename" : "Name it"}
          </button>
        )}
      </td>
      <td>
        <code title={row.sha256}>{row.sha256.slice(0, 12)}</code>
      </td>
      {["train", "val", "test"].map((split) => (
        <td key={split} className="number">
          {grouped(row.images[split] ?? 0)}
        </td>
      ))}
      <td className="number">{row.runs}</td>
      <td className="muted small">{when(row.created)}</td>
      <td className="keep">
        <span className="row tight still">
          <a className="button small" href={`/api/snapshots/${row.id}/file/`} download>
            <Icon name="import" /> JSON lines
          </a>
          {manager && (
            <>
              <button className="button small" onClick={() => setOpen("export")}>
                <Icon name="export" /> Export
              </button>
              <button className="button small" onClick={() => setOpen("train")}>
                <Icon name="play" /> Train
              </button>
            </>
          )}
        </span>
        {open === "name" && <NameSheet row={row} close={close} renamed={renamed} />}
        {open === "export" && (
          <Sheet title={`Export ${nameOf(row)}`} close={close}>
            <DatasetExport project={project} sha256={row.sha256} />
          </Sheet>
        )}
        {open === "train" && (
          <Sheet title={`Train on ${nameOf(row)}`} close={close}>
            <TrainForm
              project={project}
              dataset={row}
              started={(run) => void navigate(`/projects/${project.id}/models/runs/${run}`)}
            />
          </Sheet>
        )}
      </td>
    </tr>
  );
}

function NameSheet({ row, close, renamed }: { row: Dataset; close: () => void; renamed: () => void }) {
  const [name, setName] = useState(row.name ?? "");
  const [refused, setRefused] = useState<unknown>(null);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const params = { path: { id: row.id } };
      await need(api.PATCH("/api/snapshots/{id}/", { params, body: { name } }));
      renamed();
      close();
    } catch (problem) {
      setRefused(problem);
    }
  };
  return (
    <Sheet title="Name of the dataset version" close={close}>
      <form className="stack" onSubmit={(event) => void save(event)}>
        <label className="field">
          <span>Name</span>
          <input
            value={name}
            maxLength={100}
            autoFocus
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <ErrorNote error={refused} />
        <div className="row end">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button className="button primary">Save</button>
        </div>
      </form>
    </Sheet>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, need, type Project, type Run } from "../../api/client";
import { isFinished } from "../../api/queries";
import { duration, plural, when } from "../../parts/format";
import { Bar, ErrorNote, Skeleton, State } from "../../parts/notes";
import { Scroll } from "../../parts/scroll";

export function Runs({ project }: { project: Project }) {
  const runs = useQuery({
    queryKey: ["runs", project.id],
    queryFn: () =>
      need(api.GET("/api/projects/{id}/training-runs/", { params: { path: { id: project.id } } })),
    refetchInterval: 3000,
  });
  return (
    <section className="panel stack">
      <h2>Runs</h2>
      <ErrorNote error={runs.error} retry={() => void runs.refetch()} />
      {runs.isPending && <Skeleton />}
      {runs.data?.results.length === 0 && <p className="muted">None yet.</p>}
      {Boolean(runs.data?.results.length) && (
        <Scroll label="Runs">
          <table className="wraps">
            <tbody>
              {runs.data?.results.map((run) => (
                <Row key={run.id} run={run} project={project.id} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

function Row({ run, project }: { run: Run; project: number }) {
  const { done, total } = run.job;
  return (
    <tr>
      <td className="keep">
        <Link to={`/projects/${project}/models/runs/${run.id}`}>
          Run {run.id}, {run.model.replaceAll("_", "-")}
        </Link>
      </td>
      <td>
        <State state={run.state} />
      </td>
      <td className="run-progress">
        {isFinished(run.state) ? (
          <span className="muted number">{plural(done, "epoch")}</span>
        ) : (
          <span className="stack close">
            <Bar value={done} total={total} label={`Run ${run.id}`} />
            <span className="muted small number">
              {done} of {total || "?"} epochs{run.seconds_left ? `, ${duration(run.seconds_left)} left` : ""}
            </span>
          </span>
        )}
      </td>
      <td className="number keep">{plural(run.snapshot.count, "image")}</td>
      <td className="muted small keep">
        {when(run.job.created)}
        {run.automatic ? ", by itself" : ""}
      </td>
    </tr>
  );
}

import { Link } from "react-router";
import type { Project } from "../../api/client";
import { grouped } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Bar } from "../../parts/notes";

type Props = {
  project: Project;
  at: number;
  done: number;
  total: number;
  label: string;
  name: string | undefined;
};

/** The way back, how far one is, and the image's name: where the bar of a working screen begins. */
export function Place({ project, at, done, total, label, name }: Props) {
  return (
    <>
      <Link
        className="button quiet icon small"
        to={`/projects/${project.id}`}
        aria-label={`Back to ${project.name}`}
      >
        <Icon name="back" />
      </Link>
      <div className="place">
        <span className="number">
          <b>{grouped(at)}</b> of {grouped(total)}
        </span>
        <Bar value={done} total={total} label={label} />
      </div>
      <span className="name clip muted" title={name}>
        {name}
      </span>
    </>
  );
}

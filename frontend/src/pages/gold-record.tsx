import { Link } from "react-router";
import type { Project, Schemas } from "../api/client";
import { grouped, percent } from "../parts/format";
import { Scroll } from "../parts/scroll";

type Props = { project: Project; rows: NonNullable<Schemas["StatisticsRow"]["gold"]> };

/** How often each person said of gold images what is known of them. */
export function GoldRecord({ project, rows }: Props) {
  const images = `/projects/${project.id}/images`;
  if (!rows.length) {
    return (
      <p className="muted">
        Nobody has met one yet. Mark them among the <Link to={images}>images</Link>
        {project.gold_every ? "." : ", and say in the settings how often people get one."}
      </p>
    );
  }
  return (
    <Scroll label="Gold images">
      <table>
        <thead>
          <tr>
            <th>Person</th>
            <th className="number">Right</th>
            <th className="number">Answers</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ user, answers, right }) => (
            <tr key={user}>
              <td className="break">{user}</td>
              <td className="number">{percent(right / answers)}</td>
              <td className="number">{grouped(answers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

import type { ReactNode } from "react";
import { Link } from "react-router";
import { Icon, type IconName } from "./icon";

type Props = {
  project: number;
  icon: IconName;
  title: string;
  text: string;
  again: () => void;
  /** What to do first, if anything. */
  children: ReactNode;
};

/** In the place of the image, behind the last one. */
export function QueueEnd({ project, icon, title, text, again, children }: Props) {
  return (
    <div className="center">
      <div className="stack queue-empty">
        <Icon name={icon} size={32} />
        <h2>{title}</h2>
        <p className="muted">{text}</p>
        <div className="row">
          {children}
          <button className="button" onClick={again}>
            Look again
          </button>
          <Link className="button quiet" to={`/projects/${project}`}>
            Back to the project
          </Link>
        </div>
      </div>
    </div>
  );
}

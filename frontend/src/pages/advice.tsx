import { Link } from "react-router";
import type { ModelVersion, Project } from "../api/client";
import { isAsked } from "./models/generators";

const FIRST_SET = 20;

/** What to do next, by where the project stands and what the person may do. */
export function Advice({ project, models }: { project: Project; models: ModelVersion[] | undefined }) {
  const { counts, id } = project;
  const done = counts.total - counts.unlabeled;
  const manager = project.role === "manager";
  const to = (path: string, text: string) => <Link to={`/projects/${id}/${path}`}>{text}</Link>;
  if (!counts.total) {
    if (!manager) return <p className="muted">A manager has to import images first.</p>;
    return <p>Bring images in: {to("import", "drop files or folders, or give a list of addresses")}.</p>;
  }
  if (done < FIRST_SET && !models?.length) {
    return (
      <p>
        Label a first set, a few dozen of every category. <kbd>?</kbd> on the labeling screen lists its keys.
      </p>
    );
  }
  if (!manager) return <p>Go on labeling. A manager starts the training.</p>;
  if (!models?.length) {
    return (
      <p>
        There are {done} labels: {to("models", "train a first model")}, and let it pre-label the rest.
      </p>
    );
  }
  if (!models.some(isAsked)) {
    return <p>A version is trained: {to("models", "look at its figures and promote it")}.</p>;
  }
  return (
    <p>
      Go on labeling with pre-labels, least confident first if you choose so in the{" "}
      {to("settings", "settings")}, and {to("models", "train again")}.
    </p>
  );
}

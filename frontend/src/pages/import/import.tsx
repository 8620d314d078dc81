import { PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Addresses } from "./addresses";
import { Files } from "./files";
import { WebPage } from "./web-page";

export default function Import() {
  const project = useProject();
  return (
    <main className="page">
      <PageHead title="Import" text={`Into ${project.name}`} />
      <Files project={project.id} />
      <div className="two">
        <Addresses project={project.id} />
        <WebPage project={project.id} />
      </div>
    </main>
  );
}

import { PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Addresses } from "./addresses";
import { Files } from "./files";

export default function Import() {
  const project = useProject();
  return (
    <main className="page">
      <PageHead title="Import" text={`Into ${project.name}`} />
      <Files project={project.id} />
      <Addresses project={project.id} />
    </main>
  );
}

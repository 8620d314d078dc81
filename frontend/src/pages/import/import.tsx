import { useState } from "react";
import { PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Addresses } from "./addresses";
import { Archive } from "./archive";
import { Files } from "./files";

export default function Import() {
  const project = useProject();
  const [archive, setArchive] = useState<File | null>(null);
  return (
    <main className="page">
      <PageHead title="Import" text={`Into ${project.name}`} />
      <Files project={project.id} archive={setArchive} />
      <Archive project={project.id} arrived={archive} />
      <Addresses project={project.id} />
    </main>
  );
}

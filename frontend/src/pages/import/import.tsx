import { useState } from "react";
import { PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Addresses } from "./addresses";
import { Archive } from "./archive";
import { Files } from "./files";
import { WebPage } from "./web-page";
import { Video } from "./video";

export default function Import() {
  const project = useProject();
  const [videos, setVideos] = useState<File[]>([]);
  const [archive, setArchive] = useState<File | null>(null);
  return (
    <main className="page">
      <PageHead title="Import" text={`Into ${project.name}`} />
      <Files project={project.id} videos={setVideos} archive={setArchive} />
      <Video project={project.id} arrived={videos} />
      <Archive project={project.id} kind={project.kind} arrived={archive} />
      <div className="two">
        <Addresses project={project.id} />
        <WebPage project={project.id} />
      </div>
    </main>
  );
}

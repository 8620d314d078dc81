import { useState } from "react";
import { PageHead } from "../../parts/notes";
import { useProject } from "../project";
import { Addresses } from "./addresses";
import { Files } from "./files";
import { WebPage } from "./web-page";
import { Video } from "./video";

export default function Import() {
  const project = useProject();
  const [video, setVideo] = useState<File | null>(null);
  return (
    <main className="page">
      <PageHead title="Import" text={`Into ${project.name}`} />
      <Files project={project.id} video={setVideo} />
      <Video project={project.id} arrived={video} />
      <div className="two">
        <Addresses project={project.id} />
        <WebPage project={project.id} />
      </div>
    </main>
  );
}

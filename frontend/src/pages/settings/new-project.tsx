import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, need } from "../../api/client";
import { PageHead } from "../../parts/notes";
import { ProjectForm, type ProjectInput } from "./project-form";

export default function NewProject() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const save = async (body: ProjectInput) => {
    const project = await need(api.POST("/api/projects/", { body }));
    void client.invalidateQueries({ queryKey: ["projects"] });
    await navigate(`/projects/${project.id}/import`);
  };
  return (
    <main className="page form-page">
      <PageHead title="New project" text="Everything but the kind can be changed later." />
      <ProjectForm save={save} text="Make the project" />
    </main>
  );
}

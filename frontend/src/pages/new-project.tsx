import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, need } from "../api/client";
import { ProjectForm, type ProjectInput } from "./project-form";

export default function NewProject() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const save = async (body: ProjectInput) => {
    const project = await need(api.POST("/api/projects/", { body }));
    void client.invalidateQueries({ queryKey: ["projects"] });
    await navigate(`/projects/${project.id}/import`);
  };
  return <main className="page"><h1>New project</h1><ProjectForm save={save} text="Make the project" /></main>;
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, need } from "../api/client";
import { Sheet } from "../parts/ui";
import { useProject } from "./project";
import { ProjectForm, type ProjectInput } from "./project-form";

export default function Settings() {
  const project = useProject();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const params = { path: { id: project.id } };
  const save = async (body: ProjectInput) => {
    const changed = await need(api.PATCH("/api/projects/{id}/", { params, body }));
    client.setQueryData(["project", project.id], changed);
    void client.invalidateQueries({ queryKey: ["projects"] });
  };
  const remove = async () => {
    await need(api.DELETE("/api/projects/{id}/", { params }));
    await client.invalidateQueries({ queryKey: ["projects"] });
    await navigate("/");
  };
  return (
    <main className="page">
      <h1>Settings</h1>
      <ProjectForm project={project} save={save} text="Save" />
      <section className="panel row between"><span>Delete this project. It can be restored from the list of projects.</span><button className="button danger" onClick={() => setAsking(true)}>Delete</button></section>
      {asking && (
        <Sheet title={`Delete ${project.name}?`} close={() => setAsking(false)}>
          <p>Its {project.counts.total} images, labels and models go out of sight for everybody, until a manager restores it.</p>
          <div className="row end"><button className="button" onClick={() => setAsking(false)}>Keep it</button><button className="button danger" onClick={() => void remove()}>Delete</button></div>
        </Sheet>
      )}
    </main>
  );
}

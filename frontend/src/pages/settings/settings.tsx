import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, need, type Project } from "../../api/client";
import { plural } from "../../parts/format";
import { ErrorNote, PageHead } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import { useProject } from "../project";
import { ProjectForm, type ProjectInput } from "./project-form";

export default function Settings() {
  const project = useProject();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const save = async (body: ProjectInput) => {
    const params = { path: { id: project.id } };
    const changed = await need(api.PATCH("/api/projects/{id}/", { params, body }));
    // An answer from before the change would undo it here.
    await client.cancelQueries({ queryKey: ["project", project.id] });
    client.setQueryData(["project", project.id], changed);
    void client.invalidateQueries({ queryKey: ["projects"] });
    // What says a category's name says it anew.
    for (const key of ["images", "image", "models", "categories"])
      void client.invalidateQueries({ queryKey: [key] });
  };
  return (
    <main className="page form-page">
      <PageHead title="Settings" />
      <ProjectForm key={project.id} project={project} save={save} text="Save" />
      <section className="panel row between">
        <div className="stack close">
          <h2>Delete this project</h2>
          <span className="muted">It can be restored from the list of projects.</span>
        </div>
        <button className="button danger" onClick={() => setAsking(true)}>
          Delete
        </button>
      </section>
      {asking && <Deletion project={project} close={() => setAsking(false)} />}
    </main>
  );
}

function Deletion({ project, close }: { project: Project; close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const remove = async () => {
    try {
      await need(api.DELETE("/api/projects/{id}/", { params: { path: { id: project.id } } }));
      await client.invalidateQueries({ queryKey: ["projects"] });
      await navigate("/");
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Sheet title={`Delete ${project.name}?`} close={close}>
      <p>
        Its {plural(project.counts.total, "image")}, with their labels and models, go out of sight for
        everybody, until a manager restores it.
      </p>
      <ErrorNote error={error} />
      <div className="row end">
        <button className="button" onClick={close}>
          Keep it
        </button>
        <button className="button danger" onClick={() => void remove()}>
          Delete
        </button>
      </div>
    </Sheet>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, type Job, need } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { modelName } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { ErrorNote, PageHead } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import { useProject } from "../project";
import { RuleForm } from "./rule-form";
import { Runs } from "./runs";
import { TrainForm } from "./train-form";
import { Versions } from "./versions";

/** The registry of a project: versions, runs, and what can be done with them. */
export default function Models() {
  const project = useProject();
  const navigate = useNavigate();
  const client = useQueryClient();
  const path = { id: project.id };
  const [open, setOpen] = useState<"train" | "rule" | "rollback" | null>(null);
  const [job, setJob] = useState<Job | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const models = useQuery(modelsQuery(project.id));
  const production = models.data?.results.find((model) => model.stage === "production");
  const before = models.data?.results.some((model) => model.stage === "archived" && model.promoted_at);
  const act = async (call: Promise<unknown>) => {
    setRefused(null);
    setOpen(null);
    await call.catch(setRefused);
    void client.invalidateQueries({ queryKey: ["models", project.id] });
  };
  const prelabel = () =>
    act(
      need(
        api.POST("/api/projects/{id}/predictions/", {
          params: { path },
          body: { filter: { status: "unlabeled" } },
        }),
      ).then(setJob),
    );
  const rollBack = () => act(need(api.POST("/api/projects/{id}/rollback/", { params: { path } })));
  return (
    <main className="page">
      <PageHead title="Models">
        {project.role === "manager" && (
          <>
            {production && (
              <>
                <button className="button" onClick={() => void prelabel()}>
                  Pre-label now
                </button>
                {before && (
                  <button className="button" onClick={() => setOpen("rollback")}>
                    Roll back
                  </button>
                )}
              </>
            )}
            <button className="button" onClick={() => setOpen("rule")}>
              Add a rule
            </button>
            <button className="button primary" onClick={() => setOpen("train")}>
              <Icon name="play" /> Train
            </button>
          </>
        )}
      </PageHead>
      <ErrorNote error={refused} />
      {job && (
        <div className="panel">
          <JobLine key={job.id} job={job} what="Pre-labeling" />
        </div>
      )}
      <Versions project={project} />
      <Runs project={project} />
      {open === "train" && (
        <Sheet title="Train" broad close={() => setOpen(null)}>
          <TrainForm
            project={project}
            started={(run) => void navigate(`/projects/${project.id}/models/runs/${run}`)}
          />
        </Sheet>
      )}
      {open === "rule" && (
        <Sheet title="Add a rule" broad close={() => setOpen(null)}>
          <RuleForm
            project={project}
            made={(version) => void navigate(`/projects/${project.id}/models/${version.id}`)}
          />
        </Sheet>
      )}
      {open === "rollback" && production && (
        <Sheet title={`Roll back from ${modelName(production)}?`} close={() => setOpen(null)}>
          <p>
            The version that was in production before takes over, for the labeling screen and for API clients,
            and pre-labels what is not labeled yet.
          </p>
          <div className="row end">
            <button className="button" onClick={() => setOpen(null)}>
              Leave it
            </button>
            <button className="button primary" onClick={() => void rollBack()}>
              Go back
            </button>
          </div>
        </Sheet>
      )}
    </main>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Job, need, Problem, type Schemas } from "../../api/client";

export type Gate = Schemas["GateRow"];
type Body = { force?: boolean; reason?: string };

/** Promotion through the gate: at once, refused with the gate's figures, or a job when scoring takes long. */
export function usePromotion(project: number, id: number) {
  const client = useQueryClient();
  const [gate, setGate] = useState<Gate | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [said, setSaid] = useState("");
  const [job, setJob] = useState<Job | null>(null);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["model"] });
    void client.invalidateQueries({ queryKey: ["models", project] });
  };
  const promote = async (body: Body) => {
    setBusy(true);
    setProblem(null);
    setGate(null);
    setSaid("");
    try {
      const answer = await need(
        api.POST("/api/models/{id}/promote/", {
          params: { path: { id } },
          body: { force: false, reason: "", ...body },
        }),
      );
      if ("gate" in answer) setSaid(`In production. ${answer.gate.reason}`);
      else setJob(answer);
    } catch (refusal) {
      if (refusal instanceof Problem && refusal.body.gate) setGate(refusal.body.gate as Gate);
      else setProblem(refusal);
    }
    setBusy(false);
    refresh();
  };
  const scored = (row: Job) => {
    const result = row.result as { promoted?: boolean; gate?: Gate } | null;
    if (result?.promoted) setSaid(`In production. ${result.gate?.reason ?? ""}`);
    else if (result?.gate) setGate(result.gate);
    refresh();
  };
  const archive = async () => {
    setProblem(null);
    await need(api.POST("/api/models/{id}/archive/", { params: { path: { id } } })).catch(setProblem);
    refresh();
  };
  return { gate, busy, problem, said, job, promote, archive, scored, leave: () => setGate(null) };
}

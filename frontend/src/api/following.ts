import { api, type Job, need, Problem } from "./client";
import { isFinished } from "./queries";

const LOOK_MS = 400;
const FAULTS = 8; // in a row, ever further apart: a network that is gone for a quarter of a minute

/** A job's row when it is over, or when nobody looks any more; `look` hears of each before, and says whether to go on. */
export async function followed(begun: Job, look: (job: Job) => boolean, ask = rowOf): Promise<Job> {
  let job = begun;
  let faults = 0;
  while (!isFinished(job.state) && look(job)) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS * (1 + faults)));
    try {
      job = await ask(job.id);
      faults = 0;
    } catch (error) {
      // What does not answer may do so the next time; what refuses will not.
      const passes = error instanceof Problem && (error.status === 0 || error.status >= 500);
      if (!passes || ++faults === FAULTS) throw error;
    }
  }
  return job;
}

function rowOf(id: number): Promise<Job> {
  return need(api.GET("/api/jobs/{id}/", { params: { path: { id } } }));
}

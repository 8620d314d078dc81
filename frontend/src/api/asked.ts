declare global {
  /** Answers on their way. The page's: its first script and the program are two files without a common module. */
  var asked: Map<string, Promise<Response>> | undefined;
}

const asked = (globalThis.asked ??= new Map());

/** Asks before the program that needs the answer is here; when `after` has ended, where that is given. */
export function ask(
  path: string,
  init: RequestInit = {},
  after: Promise<unknown> | null = null,
): Promise<Response> {
  const answer = after ? after.then(() => fetch(path, init)) : fetch(path, init);
  asked.set(`${init.method ?? "GET"} ${path}`, answer);
  return answer;
}

/** The answer to a request that was asked for already, once; what was refused or lost is to be asked for again. */
export async function taken({ method, url }: Request): Promise<Response | null> {
  const { pathname, search } = new URL(url);
  const key = `${method} ${pathname}${search}`;
  const coming = asked.get(key);
  asked.delete(key); // before anything is waited for: two who ask at once must not read one body
  const answer = await coming?.catch(() => null);
  return answer?.ok ? answer : null;
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { onSignedOut, type Schemas } from "../api/client";
import { sessionQuery } from "../api/queries";
import { SignIn } from "./sign-in";

export type Session = Schemas["SessionRow"];
type SignedIn = { session: Session; user: NonNullable<Session["user"]> };

const Context = createContext<SignedIn | null>(null);
const resumed = new Set<() => void>();

export function useSession(): SignedIn {
  const value = useContext(Context);
  if (!value) throw new Error("used outside of SessionGate");
  return value;
}

/** Called after somebody has signed in again on a page whose login had ended. */
export function onSignedIn(listener: () => void): () => void {
  resumed.add(listener);
  return () => resumed.delete(listener);
}

/** Sign-in where nobody is signed in; and over a page whose login has ended, which keeps its state below. */
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(sessionQuery);
  const [ended, setEnded] = useState(false);
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  // Who is known already goes on: what is on the page outlives a network that is gone for a while.
  if (error && !data) return <Unreachable retry={() => void refetch()} />;
  if (!data) return null;
  const signedIn = (session: Session) => {
    const same = data.user?.id === session.user?.id;
    client.setQueryData(["session"], session);
    setEnded(false);
    if (same) void client.invalidateQueries();
    else client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    resumed.forEach((listener) => listener());
  };
  if (!data.user) return <SignIn done={signedIn} title="Sign in to Frameloop" />;
  return (
    <Context value={{ session: data, user: data.user }}>
      {children}
      {ended && <SignIn done={signedIn} title="Sign in again to go on" name={data.user.username} />}
    </Context>
  );
}

function Unreachable({ retry }: { retry: () => void }) {
  return (
    <div className="sheet">
      <div className="panel" role="alert">
        <h1>The server does not answer</h1>
        <p className="muted">Check the network, or whether Frameloop is running.</p>
        <button className="button primary" onClick={retry}>
          Try again
        </button>
      </div>
    </div>
  );
}

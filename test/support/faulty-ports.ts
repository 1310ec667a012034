import { ProcessDied, type FaultPlan } from "./simulation.ts";

/**
 * Ports as one process sees them: a fault plan decides about each of its calls, counted from 1. `clock` and `log` have no
 * faults. Once it has died, every call throws.
 */
export function faultyPorts<Ports extends object>(ports: Ports, plan: FaultPlan, calls: string[] = []): Ports {
  const process = { isDead: false };
  const called = async (name: string, call: () => unknown) => {
    if (process.isDead) throw new ProcessDied();
    calls.push(name);
    const fault = plan({ number: calls.length, name });
    if (fault === "before") process.isDead = true;
    if (process.isDead) throw new ProcessDied();
    if (fault === "again") await call();
    const answer = await call();
    if (fault === "after") process.isDead = true;
    if (fault === "lost") throw new Error("The answer was lost.");
    if (process.isDead) throw new ProcessDied();
    return answer;
  };
  const faulty = (portName: string, port: object): object =>
    new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) =>
          called(`${portName}.${String(property)}`, () => Reflect.apply(member, target, args));
      },
    });
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]: [string, unknown]) => {
      const isSound = typeof port !== "object" || port === null || name === "clock" || name === "log";
      return [name, isSound ? port : faulty(name, port)];
    }),
  ) as Ports;
}

/** Kills the process at the `nth` call of that name. */
export function killAt(name: string, nth: number, fault: "before" | "after"): FaultPlan {
  let seen = 0;
  return (call) => {
    if (call.name === name) seen += 1;
    return call.name === name && seen === nth ? fault : "none";
  };
}

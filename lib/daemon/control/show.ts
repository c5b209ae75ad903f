/** `show`: what is configured for a service, and where each value comes from. */
import type { AnswerOf } from "../../commands/answers.ts";
import { type EffectiveDirective, listEffective } from "../../config/effective.ts";
import { type ControlCall, demandOwn, namedServices, type Reply } from "./context.ts";

/** Longer values push what follows them to the right. */
const VALUE_MAX = 44;

/** Returns the answer to `show`. Configurations carry secrets: it is for who may have them. */
export function show(command: ControlCall<"show">): Reply<AnswerOf<"show">> {
  const { context } = command;
  const names = namedServices(command);
  demandOwn(command, names);
  const services = names.map((name) => {
    const service = context.supervisor.config(name);
    return { service, directives: listEffective(context.config, service) };
  });
  return {
    text: services.map(({ service, directives }) => format(service.name, directives).join("\n"))
      .join("\n\n"),
    value: {
      services: services.map(({ service, directives }) => ({
        service: service.name,
        type: service.type,
        command: service.command,
        directives,
      })),
    },
  };
}

function format(name: string, directives: readonly EffectiveDirective[]): string[] {
  const shown = directives.map((directive) => ({
    ...directive,
    value: directive.value.replaceAll("\n", "\\n"),
  }));
  const widest = (lengths: readonly number[]) => Math.max(0, ...lengths);
  const nameWidth = widest(shown.map((each) => each.name.length));
  const valueWidth = Math.min(VALUE_MAX, widest(shown.map((each) => each.value.length)));
  return [
    name,
    ...shown.map((each) =>
      `  ${each.name.padEnd(nameWidth)}  ${each.value.padEnd(valueWidth)}  ${originOf(each)}`
    ),
  ];
}

function originOf({ from, position }: EffectiveDirective): string {
  if (position === undefined) return from;
  const place = `${position.file}:${position.line}`;
  return from === "service" ? place : `${place} (${from})`;
}

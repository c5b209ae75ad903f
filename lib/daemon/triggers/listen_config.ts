/** What `listen` and `port` of a service ask for. */
import type { Identity } from "../../base/identity.ts";
import type { ServiceConfig } from "../../config/model.ts";
import {
  type ListenAddress,
  type ListenSpec,
  parseListenSpec,
} from "../../config/listen_address.ts";

/** Returns the sockets of `listen`, in its order. */
export function listenSpecs({ listen }: Pick<ServiceConfig, "listen">): ListenSpec[] {
  return listen.flatMap((text) => parseListenSpec(text) ?? []);
}

/** Returns the addresses of `port` and `listen`. */
export function listenAddresses(config: Pick<ServiceConfig, "listen" | "port">): ListenAddress[] {
  const listed = listenSpecs(config).map(({ address }) => address);
  const { port } = config;
  return port === undefined ? listed : [{ kind: "tcp", host: "*", port }, ...listed];
}

/** Whose the files of Unix sockets become: those of the service's user, where it has one. */
export function socketOwner({ identity }: Pick<ServiceConfig, "identity">): { owner?: Identity } {
  return identity === undefined ? {} : { owner: identity };
}

import type { RawResource, StackTemplate } from "./assembly.ts";
import { PSEUDO_PARAMETERS, type ResolutionScope, resolveIntrinsics } from "./intrinsics.ts";
import { NAME_PROPERTIES, type PhysicalIdentity, physicalIdentity } from "./physical-identity.ts";
import { IGNORED_TYPES, RESOURCE_SCHEMAS, type Resource, type SupportedType } from "./resources.ts";

export interface TemplateModelOptions {
  readonly stacks: readonly StackTemplate[];
  /** Where the HTTP API answers locally: what the template calls the API's endpoint. */
  readonly apiEndpoint: string;
}

/**
 * All stacks of an assembly as one deployed installation would know them: names and ARNs given, references between
 * resources and stacks resolved, properties parsed.
 */
export class TemplateModel {
  readonly #stacks: readonly StackTemplate[];
  readonly #identities = new Map<string, PhysicalIdentity>();
  readonly #apiEndpoint: string;

  constructor({ stacks, apiEndpoint }: TemplateModelOptions) {
    this.#stacks = stacks;
    this.#apiEndpoint = apiEndpoint;
  }

  /** Absolute path of a file asset by its object key. */
  asset(objectKey: string): string {
    for (const { assets } of this.#stacks) {
      const found = assets[objectKey];
      if (found !== undefined) return found;
    }
    throw new Error(`The assembly has no asset ${objectKey}. Synthesise again.`);
  }

  /**
   * Every resource of a type.
   *
   * @throws Error that lists all that is wrong with all of them at once.
   */
  all<Type extends SupportedType>(type: Type): Resource<Type>[] {
    const problems: string[] = [];
    const resources = this.#stacks.flatMap((stack) =>
      Object.entries(stack.resources)
        .filter(([, { Type }]) => Type === type)
        .flatMap(([logicalId, raw]) => this.#parse(stack, { type, logicalId, raw }, problems) ?? []),
    );
    if (problems.length > 0) throw new Error(`The template cannot run here:\n${problems.join("\n")}`);
    return resources;
  }

  /** `<type> <logical id>` of whatever the embedded runtime neither runs nor may ignore. */
  unsupported(): string[] {
    return this.#stacks.flatMap(({ resources }) =>
      Object.entries(resources)
        .filter(([, { Type }]) => !(Type in RESOURCE_SCHEMAS) && !IGNORED_TYPES.has(Type))
        .map(([logicalId, { Type }]) => `${Type} ${logicalId}`),
    );
  }

  #parse<Type extends SupportedType>(
    stack: StackTemplate,
    { type, logicalId, raw }: { readonly type: Type; readonly logicalId: string; readonly raw: RawResource },
    problems: string[],
  ): Resource<Type> | undefined {
    const parsed = RESOURCE_SCHEMAS[type].safeParse(this.#resolve(stack, raw.Properties ?? {}));
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
      problems.push(`- ${type} ${logicalId}: ${issues.join("; ")}`);
      return undefined;
    }
    const { ref, attributes } = this.#identity(stack, logicalId);
    return {
      logicalId,
      name: attributes["QueueName"] ?? ref,
      arn: attributes["Arn"] ?? ref,
      // TypeScript loses the link between `type` and its schema.
      properties: parsed.data as Resource<Type>["properties"],
    };
  }

  #resolve(stack: StackTemplate, value: unknown): unknown {
    return resolveIntrinsics(value, this.#scope(stack));
  }

  #scope(stack: StackTemplate): ResolutionScope {
    return {
      ref: (name) => PSEUDO_PARAMETERS[name] ?? this.#parameterOrResource(stack, name),
      getAtt: (logicalId, attribute) => this.#attribute(stack, logicalId, attribute),
      importValue: (exportName) => this.#exported(exportName),
    };
  }

  #parameterOrResource(stack: StackTemplate, name: string): unknown {
    if (name === "AWS::StackName") return stack.stackName;
    return stack.parameters[name] ?? this.#identity(stack, name).ref;
  }

  #attribute(stack: StackTemplate, logicalId: string, attribute: string): string {
    const value = this.#identity(stack, logicalId).attributes[attribute];
    if (value === undefined) {
      const type = stack.resources[logicalId]?.Type;
      throw new Error(`The embedded runtime does not know ${attribute} of ${logicalId} (${type}).`);
    }
    return value;
  }

  #exported(exportName: string): unknown {
    for (const stack of this.#stacks) {
      if (exportName in stack.exports) return this.#resolve(stack, stack.exports[exportName]);
    }
    throw new Error(`No stack of the assembly exports ${exportName}.`);
  }

  #identity(stack: StackTemplate, logicalId: string): PhysicalIdentity {
    const key = `${stack.stackName}/${logicalId}`;
    const known = this.#identities.get(key);
    if (known !== undefined) return known;
    const raw = stack.resources[logicalId];
    if (raw === undefined) throw new Error(`Stack ${stack.stackName} has no ${logicalId}.`);
    const name = this.#resolve(stack, raw.Properties?.[NAME_PROPERTIES[raw.Type] ?? ""]);
    const identity = physicalIdentity({
      stackName: stack.stackName,
      logicalId,
      type: raw.Type,
      name: typeof name === "string" ? name : undefined,
      apiEndpoint: this.#apiEndpoint,
    });
    this.#identities.set(key, identity);
    return identity;
  }
}

import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

export interface BacklineFunctionProps {
  /** Physical name; also the name of the log group, so that `aws logs tail /aws/lambda/<name>` finds it. */
  readonly functionName: string;
  readonly description: string;
  /** Folder with `index.js`, exporting `handler`. */
  readonly bundle: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly logRetentionDays: number;
  /** What the logs and the metrics call this function. */
  readonly serviceName: string;
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Its jobs send permits for jobs of its own type, one after another without end: AWS Lambda takes that for a loop, and
   * stops it after 16 rounds unless told. False by default.
   */
  readonly mayWakeItself?: boolean;
  /** Everything the function may do, besides writing its own log. */
  readonly statements: readonly PolicyStatement[];
}

/** The shell that all functions have in common: runtime, own role, own log group. */
export class BacklineFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: BacklineFunctionProps) {
    super(scope, id);
    const logGroup = this.#createLogGroup(props);
    const role = this.#createRole(logGroup, props.statements);
    this.function = new LambdaFunction(this, "Function", {
      functionName: props.functionName,
      description: props.description.slice(0, 256), // Lambda's limit
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(props.bundle),
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...(props.mayWakeItself === true && { recursiveLoop: RecursiveLoop.ALLOW }),
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: props.serviceName,
        NODE_OPTIONS: "--enable-source-maps",
      },
    });
  }

  #createLogGroup({ functionName, logRetentionDays }: BacklineFunctionProps): LogGroup {
    return new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: logRetentionDays,
      // Goes with its function: a group that stayed would make the next deployment of the same name fail.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Own policy inside the role, no managed ones: AWSLambdaBasicExecutionRole may write any log of the account. */
  #createRole(logGroup: LogGroup, statements: readonly PolicyStatement[]): Role {
    const writeLog = new PolicyStatement({
      sid: "WriteOwnLog",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    return new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { Backline: new PolicyDocument({ statements: [writeLog, ...statements] }) },
    });
  }
}

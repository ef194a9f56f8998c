/// # GRPCServer
///
/// Serves gRPC on SwiftNIO's HTTP/2: connections, the calls on them, and the messages of calls. A server gives it the
/// methods that it has (`CallRoutes`); what they mean is the server's.
///
/// Its list:
/// - `CallListener`: listens, and runs a task for each connection; `CallSecurity` says who may connect
/// - `CallRoutes`, `CallMethod`: methods by their paths; those that wait for nothing cost no task (`direct`)
/// - `CallReader`, `CallWriter`, `CallReply`, `CallContext`: what a method sees of its call
/// - `CallHandler`: a connection's frames become calls, answers become frames (`CallAnswers.swift`)
/// - `CallHead`: the headers of a call; `MessageFraming.swift`: the messages in it
/// - `ProtobufWriter`: fields by hand, for messages of which very many are sent
/// - `CallLimits`: every limit; `CallError`: how calls end
///
/// Absent on purpose: any service, compression, reflection, a client.

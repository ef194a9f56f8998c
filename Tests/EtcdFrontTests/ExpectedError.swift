import EtcdClient
import GRPCCore
import GRPCServer
import Testing

/// The error a call ends with, as clients see it.
func callError(of body: () async throws -> Void) async -> CallError? {
    do {
        try await body()
        return nil
    } catch let error as RPCError {
        return CallError(error)
    } catch {
        return CallError(.unknown, "\(error)")
    }
}

/// The call must end with this error, or with none.
func expect(
    _ expected: CallError?, at place: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    let found = await callError(of: body)
    #expect(found == expected, sourceLocation: place)
}

import APIMachinery
import HTTPMessages

/// What priority and fairness has at work, as kube-apiserver dumps it for people: a line for each level, or for each of its queues.
enum FlowPages {
    static let root = "/debug/api_priority_and_fairness/"

    static func answer(path: String, _ flow: FlowControl) -> Answer? {
        guard path.hasPrefix(root) else { return nil }
        switch path.dropFirst(root.count) {
        case "dump_priority_levels": return Health.text(200, levels(flow.dump))
        case "dump_queues": return Health.text(200, queues(flow.dump))
        default: return nil
        }
    }

    private static func levels(_ dumps: [FlowControl.Dump]) -> String {
        let rows = dumps.map { level in
            [
                level.name, "\(level.queues.count { $0.waiting > 0 })", "\(level.isIdle)", "\(level.isQuiescing)",
                "\(level.waiting)", "\(level.executing)", "\(level.tally.dispatched)", "\(level.tally.rejected)",
                "\(level.tally.timedOut)", "\(level.tally.cancelled)",
            ]
        }
        return table(
            [
                "PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests",
                "DispatchedRequests", "RejectedRequests", "TimedoutRequests", "CancelledRequests",
            ], rows)
    }

    private static func queues(_ dumps: [FlowControl.Dump]) -> String {
        let rows = dumps.flatMap { level in
            level.queues.enumerated().map { index, queue in
                [
                    level.name, "\(index)", "\(queue.waiting)", "\(queue.executing)", "\(queue.seatsInUse)",
                    seatSeconds(queue.served), "\(queue.seatsWanted)", "\(queue.mostSeatsWanted)",
                    seatSeconds(queue.guessedWork),
                ]
            }
        }
        return table(
            [
                "PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR",
                "InitialSeatsSum", "MaxSeatsSum", "TotalWorkSum",
            ], rows)
    }

    /// Seats times seconds, as Kubernetes writes them: `0.00500000ss`.
    private static func seatSeconds(_ value: Double) -> String {
        let parts = Int64((max(0, value) * 1e8).rounded())
        return "\(parts / 100_000_000)." + String("\(100_000_000 + parts % 100_000_000)".dropFirst()) + "ss"
    }

    /// Columns as wide as their widest cell and a blank, at least eight characters; the last is not filled up.
    private static func table(_ heading: [String], _ rows: [[String]]) -> String {
        let lines = ([heading] + rows).map { row in row.dropLast().map { $0 + "," } + row.suffix(1) }
        let widths = heading.indices.dropLast().map { column in max(8, lines.map { $0[column].count + 1 }.max() ?? 0) }
        return lines.map { line in
            zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined() + line[line.count - 1]
                + "\n"
        }.joined()
    }
}

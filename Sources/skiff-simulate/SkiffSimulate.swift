import ArgumentParser
import Glibc
import Simulator
import Synchronization

/// Runs the store's cluster from seeds until something that was promised does not hold. The exit code is 0 if all was
/// well, and 1 after a violation.
@main
struct SkiffSimulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiff-simulate",
        abstract: "Simulates a store cluster from seeds: clock, network, disks, crashes and clients.",
        discussion: """
            The same seed gives the same run, event by event. After a violation the seed, what was violated and the \
            end of the trace are printed; --minimise SEED looks for a smaller run that breaks the same promise.
            """)

    @Option(help: "Seeds to run, as A..B, both included, or one.")
    var seeds = "1..1000"
    @Option(help: "Members at the start; by default 3 or 5, as the seed says.")
    var members: Int?
    @Option(help: "Events after which nothing goes wrong any more.")
    var steps = 6_000
    @Option(help: "A deliberate bug to switch on, which must be found; 'list' names them.")
    var fault: String?
    @Option(help: "What is simulated: 'raft' (Raft and a modelled disk) or 'store' (whole members of the store).")
    var level = "store"
    @Option(help: "Seeds to run at once.")
    var jobs = 1
    @Option(help: "Makes this seed's run smaller while it still breaks the same promise.")
    var minimise: UInt64?
    @Option(help: "Lines of the trace to print after a violation; 0 prints all.")
    var lines = 100
    @Flag(help: "Print the trace of the first seed, whether something is violated or not.")
    var trace = false

    func run() async throws {
        guard let level = Simulation.Level(rawValue: level) else {
            throw ValidationError("no level is called \(level)")
        }
        if fault == "list" { return print(Simulation.faults(level).joined(separator: "\n")) }
        if let fault, !Simulation.faults(level).contains(fault) {
            throw ValidationError("no fault of level \(level.rawValue) is called \(fault); try --fault list")
        }
        if let members, !(1...Plan.memberLimit).contains(members) {
            throw ValidationError("there may be 1 to \(Plan.memberLimit) members")
        }
        let simulation = Simulation(level: level, fault: fault, memberCount: members, eventLimit: steps)
        RunningSeeds.reportWhenDying()
        if let minimise { return try shrink(simulation, minimise) }
        let range = try seedRange()
        if trace { return try show(simulation.run(seed: range.lowerBound, keepsLines: true)) }
        try await search(simulation, range)
    }

    private func seedRange() throws -> ClosedRange<UInt64> {
        let parts = seeds.split(separator: ".", omittingEmptySubsequences: true).map { UInt64($0) }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2, first <= last else {
            throw ValidationError("seeds are given as A..B, not as \(seeds)")
        }
        return first...last
    }

    private func search(_ simulation: Simulation, _ range: ClosedRange<UInt64>) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let last = Mutex(start)
        let campaign = Campaign(
            simulation, seeds: range, jobs: jobs,
            progress: { done in
                let isDue = last.withLock { last in
                    guard clock.now - last >= .seconds(10) else { return false }
                    last = clock.now
                    return true
                }
                if isDue { note("\(done) seeds, \(Self.rate(done, clock.now - start)) per second") }
            }, begins: { RunningSeeds.begin($0, $1) })
        let result = await campaign.run()
        let time = clock.now - start
        print(
            "\(result.seedsRun) seeds in \(time.formatted), \(Self.rate(result.seedsRun, time)) per second; "
                + "\(result.events) events, \(result.calls) calls")
        if !result.undecided.isEmpty { print("not decided whether linearizable: seeds \(result.undecided)") }
        guard let failure = result.failure else { return print("nothing was violated") }
        try show(simulation.run(seed: failure.plan.seed, keepsLines: true))
    }

    private func shrink(_ simulation: Simulation, _ seed: UInt64) throws {
        var minimiser = Minimiser(simulation)
        guard let report = minimiser.minimise(seed: seed) else {
            return print("seed \(seed) violates nothing")
        }
        print("made smaller in \(minimiser.runs) runs")
        try show(report)
    }

    private func show(_ report: Simulation.Report) throws {
        let shown = lines == 0 ? report.lines[...] : report.lines.suffix(lines)
        if shown.count < report.lines.count { print("… \(report.lines.count - shown.count) lines before") }
        for line in shown { print(line) }
        print(report.plan)
        print("fingerprint \(String(report.fingerprint, radix: 16)), \(report.events) events, \(report.calls) calls")
        guard let violation = report.violation else { return print("nothing was violated") }
        print("seed \(report.plan.seed) \(violation)")
        throw ExitCode(1)
    }

    private static func rate(_ count: Int, _ time: Duration) -> Int {
        Int(Double(count) / max(0.001, time / .seconds(1)))
    }
}

extension Duration {
    var formatted: String { "\((self / .milliseconds(1)).rounded() / 1_000) s" }
}

/// Writes a line to standard error.
private func note(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(2, bytes, bytes.count)
}

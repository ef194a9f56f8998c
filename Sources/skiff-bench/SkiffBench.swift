import ArgumentParser

/// Measures parts of Skiff; each part is a subcommand in a file of its own. Figures are printed, never asserted.
@main
struct SkiffBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiff-bench", abstract: "Measures parts of Skiff.",
        subcommands: [
            JSONBench.self, StoreBench.self, APIBench.self, ScheduleBench.self, WatchBench.self, ClusterBench.self,
            RightsBench.self, FairnessBench.self, FuzzBench.self, NodeGroupBench.self,
        ])
}

import Glibc

/// What a container, or a whole pod, gets of the machine (CRI LinuxContainerResources). What is nil stays as it is.
public struct LinuxResources: Sendable, Equatable, Codable {
    /// In which the quota counts.
    public static let cpuPeriodMicroseconds = 100_000
    public static let unlimited = -1

    /// Its part of the processors where others want them too: 1024 for a whole one, from 2 to 262,144.
    public var cpuShares: Int?
    /// Processor time in each period; `unlimited` is none.
    public var cpuQuotaMicroseconds: Int?
    /// `unlimited` is none.
    public var memoryLimitBytes: Int?
    /// How many processes and threads; `unlimited` is none.
    public var pidsLimit: Int?

    public init(
        cpuShares: Int? = nil, cpuQuotaMicroseconds: Int? = nil, memoryLimitBytes: Int? = nil, pidsLimit: Int? = nil
    ) {
        self.cpuShares = cpuShares
        self.cpuQuotaMicroseconds = cpuQuotaMicroseconds
        self.memoryLimitBytes = memoryLimitBytes
        self.pidsLimit = pidsLimit
    }

    /// The shares of so many thousandths of a processor.
    public static func shares(milliCPU: Int) -> Int { min(max(milliCPU * 1024 / 1000, 2), 262_144) }
    /// The quota of so many thousandths, at least what the kernel takes; none of 0.
    public static func quota(milliCPU: Int) -> Int {
        milliCPU == 0 ? unlimited : max(milliCPU * cpuPeriodMicroseconds / 1000, 1000)
    }
    /// Shares in the units of cgroup v2's `cpu.weight`, from 1 to 10,000: 1024 becomes 100, as it is by default there
    /// (opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value).
    static func weight(shares: Int) -> Int {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let logarithm = log2(Double(shares))
        return Int(pow(10, (logarithm * logarithm + 125 * logarithm) / 612 - 7.0 / 34).rounded(.up))
    }
}

/// What the processes of a cgroup use, and those of the cgroups below it.
public struct CgroupUsage: Sendable, Equatable {
    /// Processor time so far.
    public var processorNanoseconds = 0
    /// All memory that counts against the limit.
    public var memoryBytes = 0
    /// What of it cannot be had back at once: without files that nobody has used for a while.
    public var workingSetBytes = 0
    /// What of it is not of files.
    public var residentBytes = 0
    /// Processes and threads.
    public var processes = 0
    public init() {}
}

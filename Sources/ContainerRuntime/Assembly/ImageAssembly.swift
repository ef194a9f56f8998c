import APIMachinery
import Glibc

/// Makes images of what the machine has: of an entry of the catalog, and of nothing but a program that waits (pause).
///
/// An image has two layers: one with the tools that all share, and one with the entry's own programs, each with the
/// libraries that it needs. Paths are the machine's.
struct ImageAssembly: Sendable {
    /// Where layers and archives are written; what is in it is nobody's afterwards.
    let directory: String

    /// What a shell script may expect; which of them there are is the machine's.
    static let tools = [
        "sh", "bash", "env", "cat", "ls", "cp", "mv", "rm", "mkdir", "rmdir", "chmod", "chown", "ln", "touch", "echo",
        "printf", "true", "false", "sleep", "date", "id", "whoami", "hostname", "uname", "head", "tail", "sort", "uniq",
        "wc", "cut", "tr", "tee", "seq", "dd", "df", "du", "stat", "test", "[", "expr", "basename", "dirname",
        "readlink", "realpath", "mktemp", "md5sum", "sha1sum", "sha256sum", "base64", "od", "yes", "timeout", "nproc",
        "sync", "mkfifo", "install", "paste", "grep", "egrep", "sed", "awk", "find", "xargs", "tar", "gzip", "gunzip",
        "ps", "kill", "free", "top", "getent", "mount", "umount", "sysctl", "stty", "which", "cmp", "diff", "vi",
        "less",
    ]
    /// What speaks to others over the network.
    static let networkTools = ["curl", "wget", "nc", "ip", "ss", "ping", "traceroute", "telnet"]

    /// Taken from busybox where there is one: the machine's own bring 40 MB of libraries with them.
    private static let applets = ["nslookup"]

    // MARK: Layers

    /// The directories of a system, accounts, and the tools.
    func toolLayer() async throws -> ImageLayer {
        let base = "\(directory)/base"
        SystemCall.removeTree(base)
        defer { SystemCall.removeTree(base) }
        var layer = ImageLayer()
        layer.addTree(try BaseImage.make(base).directory)
        // What the base has is read now, as it does not stay.
        layer = Self.held(layer, base)
        try await Self.add(Self.tools + Self.networkTools, to: &layer)
        try await Self.addApplets(&layer)
        return layer
    }

    /// Small files in memory.
    private static func held(_ layer: ImageLayer, _ base: String) -> ImageLayer {
        var held = ImageLayer()
        for (path, entry) in layer.entries {
            if case .file(let source, let mode, _) = entry, source.hasPrefix(base) {
                held.add(path, .content(SystemCall.contents(of: source) ?? [], mode: mode))
            } else {
                held.add(path, entry)
            }
        }
        return held
    }

    /// Tools that the machine has only within busybox.
    private static func addApplets(_ layer: inout ImageLayer) async throws {
        guard let busybox = ToolProcess.find("busybox") else { return try await add(applets, to: &layer) }
        try await add([busybox], to: &layer)
        for name in tools + networkTools + applets
        where !["usr/bin", "usr/sbin"].contains(where: { layer.holds("\($0)/\(name)") }) {
            layer.add("usr/bin/\(name)", .link(target: busybox))
        }
    }

    /// What an entry has beside the tools.
    func entryLayer(_ entry: ImageCatalog.Entry) async throws -> ImageLayer {
        var layer = ImageLayer()
        var programs = entry.programs ?? []
        for word in [entry.entrypoint?.first, entry.command?.first].compactMap(\.self) { programs.append(word) }
        try await Self.add(programs, to: &layer)
        for path in entry.shownPaths + (entry.files ?? []).flatMap(Self.matching) { try layer.addFromMachine(path) }
        for path in entry.volumes ?? [] { layer.add(path, .directory(mode: 0o755)) }
        return layer
    }

    /// Paths of the machine; a star in the last part stands for anything.
    static func matching(_ pattern: String) -> [String] {
        guard pattern.contains("*"), let slash = pattern.lastIndex(of: "/") else { return [pattern] }
        let (folder, name) = (String(pattern[..<slash]), String(pattern[pattern.index(after: slash)...]))
        return SystemCall.names(in: folder).filter { GlobPattern(name).matches($0) }.sorted().map { "\(folder)/\($0)" }
    }

    /// Programs by name or path, and their libraries. Those that are not there are left out.
    private static func add(_ programs: [String], to layer: inout ImageLayer) async throws {
        let paths = programs.compactMap { $0.hasPrefix("/") ? $0 : ToolProcess.find($0) }
        for path in paths { try layer.addFromMachine(path) }
        for library in try await libraries(of: paths) { try layer.addFromMachine(library) }
    }

    /// What the dynamic loader would load for programs; nothing for scripts, and for those that are linked statically.
    private static func libraries(of programs: [String]) async throws -> Set<String> {
        guard let ldd = ToolProcess.find("ldd") else { return [] }
        let files = programs.compactMap(ImageLayer.realPath).filter { access($0, R_OK) == 0 }
        guard !files.isEmpty else { return [] }
        return libraries(told: String(decoding: try await ToolProcess.run(ldd, files).output, as: UTF8.self))
    }
    /// `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, or the loader's path alone.
    static func libraries(told text: String) -> Set<String> {
        var paths: Set<String> = []
        for line in text.split(separator: "\n") where line.hasSuffix(")") {
            if let path = line.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("/") }) {
                paths.insert(String(path))
            }
        }
        return paths
    }

    // MARK: Configurations

    static func configuration(_ entry: ImageCatalog.Entry) -> JSON {
        // Its programs listen where their own address is; in a container any is.
        var environment = ["PATH=\(ContainerPlan.path)", "POD_IP=0.0.0.0"]
        environment += (entry.environment ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var configuration: JSON = ["Env": JSON(environment.map { JSON($0) })]
        if let entrypoint = entry.entrypoint { configuration["Entrypoint"] = JSON(entrypoint.map { JSON($0) }) }
        if let command = entry.command { configuration["Cmd"] = JSON(command.map { JSON($0) }) }
        configuration["WorkingDir"] = JSON(entry.workingDirectory ?? "/")
        if let signal = entry.stopSignal { configuration["StopSignal"] = JSON(signal) }
        if let user = entry.user { configuration["User"] = JSON(String(user)) }
        if let volumes = entry.volumes {
            configuration["Volumes"] = JSON.object
            for path in volumes { configuration["Volumes", path] = JSON.object }
        }
        return configuration
    }

    // MARK: Pause

    /// The first process of a sandbox: it waits, and leaves no dead children behind.
    static let pauseName = "skiff.local/pause:1"

    /// nil where its program is not known for this machine's processor.
    static func pauseLayer() -> ImageLayer? {
        #if arch(x86_64)
            var layer = ImageLayer()
            layer.add("pause", .content(PauseProgram.bytes, mode: 0o755))
            return layer
        #else
            return nil
        #endif
    }
    static let pauseConfiguration: JSON = ["Entrypoint": ["/pause"], "WorkingDir": "/"]
}

/// A whole program for Linux on x86-64, in its ELF file: it has the kernel reap its children (SIGCHLD ignored) and waits
/// for ever. As a first process it ignores every signal but the one that kills.
enum PauseProgram {
    private static let address: UInt64 = 0x40_0000
    private static let headerBytes = 64 + 56

    static let bytes: [UInt8] = {
        var code: [UInt8] = [
            0xB8, 13, 0, 0, 0,  // mov eax, rt_sigaction
            0xBF, 17, 0, 0, 0,  // mov edi, SIGCHLD
            0x48, 0x8D, 0x35, 19, 0, 0, 0,  // lea rsi, [rip + 19]: the action below
            0x31, 0xD2,  // xor edx, edx: the old one is of no interest
            0x41, 0xBA, 8, 0, 0, 0,  // mov r10d, 8: bytes of a signal set
            0x0F, 0x05,  // syscall
            0xB8, 34, 0, 0, 0,  // mov eax, pause
            0x0F, 0x05,  // syscall
            0xEB, 0xF7,  // jmp back to the pause
        ]
        // struct sigaction: SIG_IGN, no flags, no restorer, an empty mask.
        code += [1] + [UInt8](repeating: 0, count: 31)
        let size = UInt64(headerBytes + code.count)
        var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        func put(_ value: UInt64, _ count: Int) {
            for index in 0..<count { file.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
        }
        put(2, 2)  // an executable
        put(62, 2)  // for x86-64
        put(1, 4)
        put(address + UInt64(headerBytes), 8)  // where it begins
        put(64, 8)  // the program header's place
        put(0, 8)
        put(0, 4)
        put(64, 2)
        put(56, 2)
        put(1, 2)
        put(64, 2)
        put(0, 2)
        put(0, 2)
        // One segment: all of the file, to be read and executed.
        put(1, 4)
        put(5, 4)
        put(0, 8)
        put(address, 8)
        put(address, 8)
        put(size, 8)
        put(size, 8)
        put(0x1000, 8)
        return file + code
    }()
}

import ArgumentParser
import ContainerRuntime
import Foundation
import Kubeadm
import Logging

/// `skiff image`: the images of a running cluster whose containers are containerd's.
struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Lists, imports, builds and removes a cluster's images.",
        subcommands: [List.self, Import.self, Build.self, Remove.self])

    /// Which containerd.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The cluster's directory. (default: /var/lib/skiff for root, else ~/.local/state/skiff)",
                valueName: "dir"))
        var dataDir: String?

        /// Its images, and how it is given some. Throws when it does not run.
        func open(
            catalog: ImageCatalog = ImageCatalog(entries: [])
        ) async throws -> (runtime: CRIRuntime, importer: ImageImporter) {
            let environment = ProcessInfo.processInfo.environment
            let directory = dataDir ?? DataDirectory.defaultPath(isRoot: geteuid() == 0, environment: environment)
            let (socket, importer) = ContainerdProcess.access("\(directory)/containerd")
            guard FileManager.default.fileExists(atPath: socket), let importer else {
                throw ValidationError(
                    "no containerd runs for the cluster in \(directory); skiff up --runtime containerd starts one")
            }
            var configuration = CRIRuntime.Configuration(
                socket: socket, directory: directory, catalog: catalog)
            configuration.importer = importer
            return (try await CRIRuntime.images(configuration, logger: Logger(label: "image")), importer)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the images by their names, with their sizes.")
        @OptionGroup var place: Place

        func run() async throws {
            let images = try await place.open().runtime.listImages()
            let rows = images.flatMap { image in
                let names = image.names.filter { !$0.contains("@") }
                return (names.isEmpty ? [image.reference] : names).map { ($0, image.sizeBytes) }
            }.sorted { $0 < $1 }
            let width = max(5, rows.map(\.0.count).max() ?? 0)
            print("IMAGE".padding(toLength: width, withPad: " ", startingAt: 0) + "  SIZE")
            for (name, size) in rows {
                let megabytes = String(format: "%.1f MB", Double(size) / 1_000_000)
                print(name.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + megabytes)
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Imports images from tar files: OCI layouts, or what docker save writes.")
        @OptionGroup var place: Place
        @Argument(help: ArgumentHelp("The tar files.", valueName: "file"))
        var files: [String]

        func run() async throws {
            let importer = try await place.open().importer
            for file in files { try await importer.importArchive(URL(filePath: file).path) }
        }
    }

    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes images of what this machine has, as a catalog says. (default: all that it names)")
        @OptionGroup var place: Place
        @Option(
            help: ArgumentHelp("Which program an image's name stands for, in YAML.", valueName: "file"))
        var imageCatalog: String?
        @Argument(help: ArgumentHelp("The images' names.", valueName: "name"))
        var names: [String] = []

        func run() async throws {
            let catalog = try NodeRuntime.catalog(imageCatalog)
            let (runtime, _) = try await place.open(catalog: catalog)
            let all = catalog.entries.flatMap(\.images).map { $0.replacing("*", with: "latest") }
            for name in names.isEmpty ? all : names {
                guard catalog.entry(name) != nil else {
                    throw ValidationError("the catalog has nothing for \(name)")
                }
                print("\(name)  \(try await runtime.pullImage(name))")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes images with all of their names.")
        @OptionGroup var place: Place
        @Argument(help: ArgumentHelp("The images' names.", valueName: "name"))
        var names: [String]

        func run() async throws {
            let (runtime, _) = try await place.open()
            for name in names {
                guard try await runtime.imageStatus(name) != nil else {
                    throw ValidationError("there is no image \(name)")
                }
                try await runtime.removeImage(name)
            }
        }
    }
}

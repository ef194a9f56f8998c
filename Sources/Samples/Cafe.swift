import ArgumentParser

/// The sample microservices: `nginx-hello` is the image behind tea and coffee, `users` the one behind the users tutorial.
public struct Cafe: AsyncParsableCommand {
    /// What a program is called that is this command.
    public static let programName = "cafe"

    public static let configuration = CommandConfiguration(
        commandName: programName, abstract: "The sample microservices tea, coffee and users.",
        subcommands: [NginxHello.self, UsersCommand.self])

    public init() {}
}

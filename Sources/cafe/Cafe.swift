import ArgumentParser

/// The sample microservices: `nginx-hello` is the image behind tea and coffee, `users` the one behind the users tutorial.
@main
struct Cafe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cafe", abstract: "The sample microservices tea, coffee and users.",
        subcommands: [NginxHello.self, UsersCommand.self])
}

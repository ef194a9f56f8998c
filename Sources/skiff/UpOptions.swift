import ArgumentParser

/// The flags of `skiff up`, by what they are about. A configuration file (YAML, the flags' names without dashes in front)
/// gives what the command line does not.
struct UpOptions: ParsableArguments {
    @OptionGroup(title: "Cluster") var cluster: Cluster
    @OptionGroup(title: "Where it listens") var listening: Listening
    @OptionGroup(title: "Network of pods and Services") var network: Network
    @OptionGroup(title: "Database and audit") var records: Records
    @OptionGroup(title: "Store") var store: Store

    struct Cluster: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Where everything is kept; one directory is one cluster. (default: /var/lib/skiff for root, else "
                    + "~/.local/state/skiff)", valueName: "dir"))
        var dataDir: String?
        @Option(help: ArgumentHelp("A YAML file with these settings, named as the flags are.", valueName: "file"))
        var config: String?
        @Option(help: ArgumentHelp("How many nodes the cluster has. (default: 1)", valueName: "count"))
        var nodes: Int?
        @Option(
            help: ArgumentHelp(
                "What runs containers: process (programs of this machine), or auto, which chooses it. (default: auto)",
                valueName: "name"))
        var runtime: String?
        @Option(
            help: ArgumentHelp(
                "Which program an image's name stands for, in YAML. (default: a list that holds the samples')",
                valueName: "file"))
        var imageCatalog: String?
        @Option(
            help: ArgumentHelp(
                "A KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): profiles, plugins and their arguments. "
                    + "(default: one profile, default-scheduler)", valueName: "file"))
        var schedulerConfig: String?
        @Option(
            help: ArgumentHelp(
                "trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
        var logLevel: String?
    }

    struct Listening: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The node's address: TLS, node ports and the ingress. (default: 127.0.0.1; 0.0.0.0 is every address)",
                valueName: "address"))
        var bindAddress: String?
        @Option(help: ArgumentHelp("Plain HTTP, on 127.0.0.1 only. (default: 8080)", valueName: "port"))
        var port: Int?
        @Option(help: ArgumentHelp("HTTPS, for kubectl. (default: 6443)", valueName: "port"))
        var securePort: Int?
        @Option(
            help: ArgumentHelp("The ingress, HTTP. (default: 80 for root, else 8081)", valueName: "port"))
        var ingressHttpPort: Int?
        @Option(
            help: ArgumentHelp("The ingress, HTTPS. (default: 443 for root, else 8443)", valueName: "port"))
        var ingressHttpsPort: Int?
        @Option(
            help: ArgumentHelp(
                "Origins whose pages may call from a browser, separated by commas. (default: none)",
                valueName: "origins"))
        var corsAllowedOrigins: String?
    }

    struct Network: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Addresses of pods; a new cluster's only. (default: the first free block of 127.0.0.0/8)",
                valueName: "cidr"))
        var clusterCidr: String?
        @Option(
            help: ArgumentHelp(
                "Addresses of Services; a new cluster's only. (default: of the same block)", valueName: "cidr"))
        var serviceClusterIpRange: String?
        @Option(
            help: ArgumentHelp(
                "Where cluster DNS answers, one of the Services' addresses. (default: the tenth)",
                valueName: "address"))
        var clusterDnsAddress: String?
    }

    struct Records: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "mysql://user:password@host:port/name; also from SKIFF_DATABASE_URL. (default: a private mariadbd, if it "
                    + "is installed)", valueName: "url"))
        var databaseUrl: String?
        @Option(
            help: ArgumentHelp(
                "Which requests are recorded: an audit.k8s.io/v1 Policy. (default: writes, and reads of Secrets)",
                valueName: "file"))
        var auditPolicyFile: String?
    }

    struct Store: ParsableArguments {
        @Option(
            help: ArgumentHelp("Serve etcd's v3 API here, with mutual TLS. (default: off)", valueName: "addr:port"))
        var etcdListen: String?
        @Option(
            help: ArgumentHelp(
                "Serve etcd's v3 API here without TLS, on a loopback address. (default: off)", valueName: "addr:port"))
        var etcdInsecureListen: String?
        @Option(parsing: .unconditional, help: EtcdServe.quotaHelp)
        var quotaBackendBytes: Int?
        @Option(
            help: ArgumentHelp(
                "Client URLs of an external etcd to use instead of the own store, separated by commas.",
                valueName: "urls"))
        var etcdServers: String?
        @Option(help: ArgumentHelp("Who signs the external etcd's certificates (PEM).", valueName: "file"))
        var etcdCafile: String?
        @Option(help: ArgumentHelp("Certificate to show to the external etcd (PEM).", valueName: "file"))
        var etcdCertfile: String?
        @Option(help: ArgumentHelp("Its key (PEM).", valueName: "file"))
        var etcdKeyfile: String?
    }
}

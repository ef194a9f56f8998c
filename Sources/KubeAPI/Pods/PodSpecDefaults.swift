import APIMachinery

/// The defaults of a pod's spec, which pods and pod templates share.
enum PodSpecDefaults {
    static func set(_ spec: inout JSON) {
        if spec.lacks("dnsPolicy") { spec["dnsPolicy"] = "ClusterFirst" }
        if spec.lacks("restartPolicy") { spec["restartPolicy"] = "Always" }
        spec.setDefault("securityContext", .object)
        spec.setDefault("terminationGracePeriodSeconds", 30)
        if spec.lacks("schedulerName") { spec["schedulerName"] = "default-scheduler" }
        if let account = spec["serviceAccountName"], !spec.lacks("serviceAccountName") {
            spec["serviceAccount"] = account
        } else if let account = spec["serviceAccount"], !spec.lacks("serviceAccount") {
            spec["serviceAccountName"] = account
        }
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            spec.updateEach(list, setContainer)
        }
        if spec["hostNetwork"]?.bool == true {
            for list in ["initContainers", "containers"] { spec.updateEach(list, setHostPorts) }
        }
        spec.updateEach("volumes", VolumeDefaults.set)
    }

    private static func setContainer(_ container: inout JSON) {
        container.setDefault("resources", .object)
        if container.lacks("imagePullPolicy") {
            container["imagePullPolicy"] = JSON(pullPolicy(image: container["image"]?.string ?? ""))
        }
        if container.lacks("terminationMessagePath") { container["terminationMessagePath"] = "/dev/termination-log" }
        if container.lacks("terminationMessagePolicy") { container["terminationMessagePolicy"] = "File" }
        container.updateEach("ports") { port in if port.lacks("protocol") { port["protocol"] = "TCP" } }
        container.updateEach("env") { variable in
            variable.update("valueFrom") { source in
                source.update("fieldRef", setFieldSelector)
                source.update("fileKeyRef") { $0.setDefault("optional", false) }
            }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] { container.update(probe, setProbe) }
        container.update("lifecycle") { lifecycle in
            lifecycle.update("postStart", setHandler)
            lifecycle.update("preStop", setHandler)
        }
    }

    private static func setHostPorts(_ container: inout JSON) {
        container.updateEach("ports") { port in
            if port["hostPort"]?.int ?? 0 == 0 { port["hostPort"] = port["containerPort"] }
        }
    }

    static func setFieldSelector(_ selector: inout JSON) {
        if selector.lacks("apiVersion") { selector["apiVersion"] = "v1" }
    }

    private static func setProbe(_ probe: inout JSON) {
        let defaults: [(String, JSON)] = [
            ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3),
        ]
        for (name, value) in defaults where probe[name]?.int ?? 0 == 0 { probe[name] = value }
        setHandler(&probe)
    }

    private static func setHandler(_ handler: inout JSON) {
        handler.update("httpGet") { action in
            if action.lacks("path") { action["path"] = "/" }
            if action.lacks("scheme") { action["scheme"] = "HTTP" }
        }
        handler.update("grpc") { $0.setDefault("service", "") }
    }

    /// `Always` for the tag `latest`, also when it is implied, else `IfNotPresent`.
    static func pullPolicy(image: String) -> String {
        guard !image.isEmpty, !image.utf8.contains(UInt8(ascii: "@")) else { return "IfNotPresent" }
        let name = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let colon = name.lastIndex(of: ":") else {
            return name.contains(where: \.isUppercase) ? "IfNotPresent" : "Always"
        }
        return name[name.index(after: colon)...] == "latest" ? "Always" : "IfNotPresent"
    }
}

/// The defaults of one volume of a pod, and of the sources that persistent volumes share with it.
enum VolumeDefaults {
    static func set(_ volume: inout JSON) {
        if volume.members.allSatisfy({ $0.name == "name" || $0.value.isNull }) { volume["emptyDir"] = .object }
        for source in ["secret", "configMap", "downwardAPI", "projected"] {
            volume.update(source) { $0.setDefault("defaultMode", 420) }
        }
        volume.update("downwardAPI", setDownwardItems)
        volume.update("projected") { projected in
            projected.updateEach("sources") { source in
                source.update("serviceAccountToken") { $0.setDefault("expirationSeconds", 3600) }
                source.update("downwardAPI", setDownwardItems)
            }
        }
        volume.update("ephemeral") { ephemeral in
            ephemeral.update("volumeClaimTemplate") { template in
                template.update("spec") { $0.setDefault("volumeMode", "Filesystem") }
            }
        }
        volume.update("image") { image in
            if image.lacks("pullPolicy") {
                image["pullPolicy"] = JSON(PodSpecDefaults.pullPolicy(image: image["reference"]?.string ?? ""))
            }
        }
        setSources(&volume)
    }

    /// Sources that are the same in a pod's volume and in a PersistentVolume.
    static func setSources(_ holder: inout JSON) {
        holder.update("hostPath") { $0.setDefault("type", "") }
        holder.update("iscsi") { $0.setDefault("iscsiInterface", "default") }
        holder.update("rbd") { rbd in
            rbd.setDefault("pool", "rbd")
            rbd.setDefault("user", "admin")
            rbd.setDefault("keyring", "/etc/ceph/keyring")
        }
        holder.update("azureDisk") { disk in
            disk.setDefault("cachingMode", "ReadWrite")
            disk.setDefault("kind", "Shared")
            disk.setDefault("fsType", "ext4")
            disk.setDefault("readOnly", false)
        }
        holder.update("scaleIO") { scale in
            scale.setDefault("storageMode", "ThinProvisioned")
            scale.setDefault("fsType", "xfs")
        }
    }

    private static func setDownwardItems(_ source: inout JSON) {
        source.updateEach("items") { item in item.update("fieldRef", PodSpecDefaults.setFieldSelector) }
    }
}

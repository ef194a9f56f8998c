import APIMachinery
import Foundation

/// Everything known of CronJobs.
enum CronJobs {
    static let resource = Resource(
        "batch/v1", "CronJob", plural: "cronjobs", shortNames: ["cj"], categories: ["all"],
        subresources: [.status("batch/v1", "CronJob")],
        columns: columns,
        prepareForCreate: Strategy.create(generation: true, status: .object),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults,
        validate: { job in check(job, old: nil) }, validateUpdate: { new, old in check(new, old: old) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: ObjectWarnings.ofCronJob)

    private static let columns: [Resource.Column] = [
        .name,
        .text("Schedule") { $0["spec", "schedule"]?.string ?? "" },
        .text("Timezone") { Cells.orNone($0["spec", "timeZone"]) },
        Resource.Column("Suspend", "boolean") { job in
            job["spec", "suspend"]?.bool == true ? "True" : "False"
        },
        .number("Active", "integer") { $0["status", "active"]?.count ?? 0 },
        Resource.Column("Last Schedule", "string") { job, now in
            guard let last = job["status", "lastScheduleTime"] else { return JSON(Cells.none) }
            return JSON(Cells.since(last, now))
        },
        .age,
        .text("Containers", priority: 1) { Cells.containers(template($0), "name") },
        .text("Images", priority: 1) { Cells.containers(template($0), "image") },
        .text("Selector", priority: 1) { object in
            Cells.selector(object["spec", "jobTemplate", "spec", "selector"]).isEmpty
                ? Cells.none : Cells.selector(object["spec", "jobTemplate", "spec", "selector"])
        },
    ]
    private static func template(_ job: JSON) -> JSON { job["spec", "jobTemplate"] ?? .object }

    /// A Job's name is the CronJob's with eleven characters more.
    private static let maximumNameBytes = 52

    private static func setDefaults(_ job: inout JSON) {
        job.updateOrMake("spec") { spec in
            if spec.lacks("concurrencyPolicy") { spec["concurrencyPolicy"] = "Allow" }
            spec.setDefault("suspend", false)
            spec.setDefault("successfulJobsHistoryLimit", 3)
            spec.setDefault("failedJobsHistoryLimit", 1)
            spec.updateOrMake("jobTemplate") { template in
                template.updateOrMake("spec") { spec in
                    spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
                }
            }
        }
    }

    private static func check(_ job: JSON, old: JSON?) -> [FieldError] {
        var checker = FieldChecker()
        let before = old?["spec"]
        checker.inside("spec", job["spec"] ?? .object) { checker, spec in
            checkSchedule(&checker, spec, before)
            checker.nonNegative("startingDeadlineSeconds", of: spec)
            if before == nil || before?["timeZone"] != spec["timeZone"] { checkTimeZone(&checker, spec["timeZone"]) }
            checker.oneOf("concurrencyPolicy", of: spec, ["Allow", "Forbid", "Replace"])
            checker.inside("jobTemplate.spec", spec["jobTemplate", "spec"] ?? .object) { checker, template in
                JobRules.check(&checker, template)
                if let selector = template["selector"] {
                    checker.invalid("selector", selector, "`selector` will be auto-generated")
                }
                if template["manualSelector"]?.bool == true {
                    checker.notSupported("manualSelector", template["manualSelector"], ["nil", "false"])
                }
            }
            checker.nonNegative("successfulJobsHistoryLimit", of: spec)
            checker.nonNegative("failedJobsHistoryLimit", of: spec)
        }
        if old == nil, let name = job["metadata", "name"], name.string?.utf8.count ?? 0 > maximumNameBytes {
            checker.invalid("metadata.name", name, "must be no more than \(maximumNameBytes) characters")
        }
        return checker.errors
    }

    private static func checkSchedule(_ checker: inout FieldChecker, _ spec: JSON, _ before: JSON?) {
        guard let text = spec["schedule"]?.string, !text.isEmpty else { return checker.required("schedule") }
        do throws(CronSchedule.Failure) {
            _ = try CronSchedule(text)
        } catch {
            checker.invalid("schedule", JSON(text), error.message)
        }
        // Old CronJobs may have their zone in the schedule.
        guard text.contains("TZ") else { return }
        if before?["schedule"]?.string?.contains("TZ") != true {
            checker.invalid(
                "schedule", JSON(text), "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
        } else if spec["timeZone"] != nil {
            checker.invalid(
                "schedule", JSON(text), "cannot use both timeZone field and TZ or CRON_TZ in schedule")
        }
    }

    private static func checkTimeZone(_ checker: inout FieldChecker, _ zone: JSON?) {
        guard let zone, let name = zone.string else { return }
        if name.isEmpty {
            return checker.invalid("timeZone", zone, "timeZone must be nil or non-empty string")
        }
        let isPath = name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            part != "." && part != ".." && !part.hasPrefix("-") && !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39
                        || [UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byte)
                }
        }
        guard isPath else { return checker.invalid("timeZone", zone, "unknown time zone \(name)") }
        if name.lowercased() == "local" {
            return checker.invalid(
                "timeZone", zone,
                "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")
        }
        if TimeZone(identifier: name) == nil { checker.invalid("timeZone", zone, "unknown time zone \(name)") }
    }
}

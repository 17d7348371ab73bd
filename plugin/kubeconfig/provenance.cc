#include "plugin/kubeconfig/provenance.h"

namespace secure_exec {
namespace {

constexpr char kDefault[] = "default";

class Describer {
 public:
  Describer(const LoadedConfig& loaded, const Selection& selection, const AccessFlags& flags,
            const PluginPolicy& policy, const ClusterAccess& access)
      : loaded_(loaded), selection_(selection), flags_(flags), policy_(policy), access_(access) {}

  std::vector<Setting> All() const {
    return {Context(),
            Named("cluster", access_.cluster, flags_.cluster, "--cluster"),
            Server(),
            {"namespace", access_.name_space, selection_.name_space_source},
            Named("user", access_.user, flags_.user, "--user"),
            Credentials(),
            Authority(),
            TlsServerName(),
            Insecure(),
            Impersonation(),
            Kuberc()};
  }

 private:
  static std::string Stanza(const char* kind, const std::string& name, const std::string& file) {
    return file.empty() ? kDefault : fmt::format("{} \"{}\" in {}", kind, name, file);
  }
  std::string FromCluster() const {
    return Stanza("cluster", access_.cluster, selection_.cluster.file);
  }
  std::string FromUser() const { return Stanza("user", access_.user, selection_.user.file); }
  std::string FromContext() const {
    return Stanza("context", access_.context, selection_.context.file);
  }

  Setting Context() const {
    std::string source = kDefault;
    if (Given(flags_.context)) {
      source = "--context";
    } else if (!access_.context.empty()) {
      source = "current-context in " + loaded_.config.current_context_file;
    }
    return {"context", access_.context.empty() ? "none" : access_.context, source};
  }

  Setting Named(const char* what, const std::string& name, const std::optional<std::string>& flag,
                const char* flag_name) const {
    if (Given(flag)) return {what, name, flag_name};
    if (name.empty()) return {what, "none", kDefault};
    return {what, name, FromContext()};
  }

  Setting Server() const {
    std::string source = FromCluster();
    if (Given(flags_.server)) source = "--server";
    if (selection_.pod) source = "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT";
    return {"server", access_.server, source};
  }

  // Of several, what the server is shown first: a certificate, and then what the request says.
  Setting Credentials() const {
    std::string value, source;
    const auto add = [&](const std::string& what, const std::string& from) {
      value += (value.empty() ? "" : " and ") + what;
      if (source.find(from) == std::string::npos) source += (source.empty() ? "" : ", ") + from;
    };
    if (!access_.client_certificate_pem.empty()) {
      const std::string subject = CertificateSubject(access_.client_certificate_pem);
      add("client certificate" + (subject.empty() ? "" : " " + subject),
          Given(flags_.client_certificate) ? "--client-certificate" : FromUser());
    }
    const UserStanza& user = selection_.user;
    if (!access_.token.empty()) {
      if (selection_.pod) {
        add("token of the pod's service account", access_.token_file);
      } else if (!user.token_file.empty()) {
        add("token from " + user.token_file, FromUser());
      } else if (!user.token.empty()) {
        add("token", Given(flags_.token) ? "--token" : FromUser());
      } else {
        add("oidc id-token", FromUser());
      }
    }
    if (!access_.username.empty()) {
      add("basic auth", Given(flags_.username) ? "--username" : FromUser());
    }
    if (access_.exec) {
      // Arguments may be secrets.
      const size_t count = access_.exec->stanza.args.size();
      add(fmt::format("exec plugin: {} ({} argument{})", access_.exec->stanza.command, count,
                      count == 1 ? "" : "s"),
          FromUser());
    }
    if (value.empty()) return {"credentials", "none", kDefault};
    return {"credentials", value, source};
  }

  Setting Authority() const {
    if (access_.ca_pem.empty()) return {"certificate-authority", "the system's", kDefault};
    const ClusterStanza& cluster = selection_.cluster;
    const std::string value =
        cluster.certificate_authority.empty() ? "embedded" : cluster.certificate_authority;
    if (Given(flags_.certificate_authority)) {
      return {"certificate-authority", value, "--certificate-authority"};
    }
    return {"certificate-authority", value,
            selection_.pod ? "the pod's service account" : FromCluster()};
  }

  Setting TlsServerName() const {
    if (access_.tls_server_name.empty()) return {"tls-server-name", "the server's", kDefault};
    return {"tls-server-name", access_.tls_server_name,
            Given(flags_.tls_server_name) ? "--tls-server-name" : FromCluster()};
  }

  Setting Insecure() const {
    std::string source = kDefault;
    if (flags_.insecure_skip_tls_verify) {
      source = "--insecure-skip-tls-verify";
    } else if (access_.insecure) {
      source = FromCluster();
    }
    return {"insecure-skip-tls-verify", access_.insecure ? "true" : "false", source};
  }

  Setting Impersonation() const {
    if (access_.impersonation.empty()) return {"impersonation", "none", kDefault};
    std::string value;
    for (const auto& [header, text] : access_.impersonation) {
      value += fmt::format("{}{}={}", value.empty() ? "" : ", ", header, text);
    }
    const bool by_flag = Given(flags_.as) || Given(flags_.as_uid) || !flags_.as_groups.empty() ||
                         !flags_.as_user_extra.empty();
    const bool by_stanza = !Given(flags_.as);
    std::string source = by_stanza ? FromUser() : "--as";
    if (by_stanza && by_flag) source += ", with --as-… over it";
    return {"impersonation", value, source};
  }

  Setting Kuberc() const {
    if (policy_.file.empty()) return {"kuberc", "none", kDefault};
    std::string value = "all credential plugins may run";
    if (!policy_.problem.empty()) {
      value = "cannot be followed, so no credential plugin may run: " + policy_.problem;
    } else if (policy_.type == PluginPolicy::Type::kDenyAll) {
      value = "no credential plugin may run";
    } else if (policy_.type == PluginPolicy::Type::kAllowlist) {
      value = fmt::format("credential plugins that may run: {}", fmt::join(policy_.allowed, ", "));
    }
    return {"kuberc", value, Given(flags_.kuberc) ? "--kuberc" : policy_.file};
  }

  const LoadedConfig& loaded_;
  const Selection& selection_;
  const AccessFlags& flags_;
  const PluginPolicy& policy_;
  const ClusterAccess& access_;
};

}  // namespace

std::vector<Setting> DescribeSettings(const LoadedConfig& loaded, const Selection& selection,
                                      const AccessFlags& flags, const PluginPolicy& policy,
                                      const ClusterAccess& access) {
  return Describer(loaded, selection, flags, policy, access).All();
}

}  // namespace secure_exec

using System.Text.RegularExpressions;

namespace ResearchKit.Checkpoints.Hub;

/// <summary>The name of a model on the hub, and which state of it: <c>bert-base-uncased</c>, <c>facebook/opt-125m</c>, <c>gpt2@main</c>.</summary>
/// <param name="Repository">The repository, with or without an owner.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
public sealed partial record HubName(string Repository, string Revision)
{
    /// <summary>The revision when none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The folder of the repository in the cache.</summary>
    public string FolderName => "models--" + Repository.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>True when the revision is a whole commit id, which never changes its meaning.</summary>
    public bool IsCommit => IsCommitId(Revision);

    /// <summary>Whether a text is a whole commit id.</summary>
    public static bool IsCommitId(string text) => CommitId().IsMatch(text);

    /// <summary>Reads a name; null when a hub could have no model of it.</summary>
    public static HubName? TryParse(string text)
    {
        var parts = text.Split('@', 2);
        var revision = parts.Length == 2 ? parts[1] : DefaultRevision;
        bool sound = RepositoryName().IsMatch(parts[0]) && !parts[0].Contains("--", StringComparison.Ordinal)
            && !parts[0].Contains("..", StringComparison.Ordinal) && !parts[0].EndsWith(".git", StringComparison.Ordinal);
        return sound && IsRevision(revision) ? new(parts[0], revision) : null;
    }

    /// <summary>Reads a name.</summary>
    /// <param name="text"><c>NAME</c>, <c>OWNER/NAME</c>, either with <c>@REVISION</c>.</param>
    /// <param name="revision">The revision, where it is given apart.</param>
    /// <exception cref="KitException">A hub could have no model of that name.</exception>
    public static HubName Parse(string text, string? revision = null)
    {
        var name = TryParse(text) ?? throw new KitException(
            $"'{text}' is no name of a model on a hub. Give NAME or OWNER/NAME, of letters, digits, '-', '_' and '.', "
            + "for example bert-base-uncased or distilbert/distilgpt2.");
        if (revision is null) return name;
        if (text.Contains('@')) throw new KitException(
            $"'{text}' names a revision already, and --revision {revision} names one too. Leave one of the two out.");
        if (!IsRevision(revision)) throw new KitException(
            $"'{revision}' is no revision. Give a branch, a tag or a commit, for example main.");
        return name with { Revision = revision };
    }

    /// <inheritdoc/>
    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    // It becomes a path below refs/, so it must not lead out of there. What git allows beside these nobody names a branch.
    private static bool IsRevision(string text) =>
        RevisionName().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("//", StringComparison.Ordinal);

    [GeneratedRegex(@"\A(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?\z")]
    private static partial Regex RepositoryName();

    [GeneratedRegex(@"\A[A-Za-z0-9_](?:[A-Za-z0-9_./+-]{0,253}[A-Za-z0-9_])?\z")]
    private static partial Regex RevisionName();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex CommitId();
}

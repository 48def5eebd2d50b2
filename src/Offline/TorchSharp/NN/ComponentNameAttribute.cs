namespace TorchSharp.Utils;

/// <summary>The name under which a field is registered with its module, where it is not the field's own.</summary>
public class ComponentNameAttribute : Attribute
{
    public string? Name { get; set; }
}

/// <summary>Marks a field of a built-in layer that its module does not register.</summary>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class NotAComponentAttribute : Attribute;

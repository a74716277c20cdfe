"""Plans of the kind "dose": arms that differ in a dose, and the trend over several studies."""

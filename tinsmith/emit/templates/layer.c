$signature
{
    $function($arguments,
        (const struct $kernel){$constants},
        begin, end);
}
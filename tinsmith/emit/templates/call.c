$before    $layer($arguments);

$unused    $layer($arguments);
